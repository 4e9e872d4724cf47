/** Which piece of WebGPU is missing, in words. */

import type { Capabilities } from "unmask";

/** What the page can see of its browser. */
export interface Surroundings {
  /** Whether the page came over HTTPS or from this machine. */
  readonly secure: boolean;
  /** Whether `navigator.gpu` exists. */
  readonly gpu: boolean;
  readonly userAgent: string;
}

export interface Missing {
  readonly piece: "secure context" | "browser" | "adapter";
  readonly title: string;
  readonly remedy: string;
}

export function whatIsMissing(capabilities: Capabilities, { secure, gpu, userAgent }: Surroundings): Missing {
  if (!secure) {
    return {
      piece: "secure context",
      title: "This page is not in a secure context, and browsers offer WebGPU only there.",
      remedy: "Open it over https, or from localhost.",
    };
  }
  if (!gpu)
    return {
      piece: "browser",
      title: "This browser does not offer WebGPU.",
      remedy: browserRemedy(userAgent),
    };
  return {
    piece: "adapter",
    title: "This browser knows WebGPU but gives no graphics adapter.",
    remedy: [capabilities.reason, adapterRemedy(userAgent)].filter(Boolean).join(" "),
  };
}

function browserRemedy(userAgent: string): string {
  if (userAgent.includes("Firefox/")) {
    return "In Firefox, open about:config and set dom.webgpu.enabled and dom.webgpu.workers.enabled to true, or use Chrome or Edge 113, or Safari 26, or later.";
  }
  return "Use Chrome or Edge 113, Safari 26, Firefox 141 on Windows or 145 on macOS, or later.";
}

function adapterRemedy(userAgent: string): string {
  if (/Chrome\/|Edg\//.test(userAgent)) {
    return "See chrome://gpu for the reason: hardware acceleration may be off, or the flag chrome://flags/#enable-unsafe-webgpu may be needed for this graphics driver.";
  }
  return "Hardware acceleration may be off, or the graphics driver may be on the browser's block list.";
}
