/** Asking the browser's own WebGPU what it offers, on the thread where this runs. */

import { chooseThreads } from "./threads/choice.js";
import type { Capabilities } from "./types.js";

/** The part of WebGPU's types that is used; the `dom` library has none of them. */
interface Adapter {
  readonly info?: { readonly vendor: string; readonly architecture: string; readonly description: string };
  readonly features: ReadonlySet<string>;
  readonly limits: object;
}
interface Gpu {
  requestAdapter(options: { powerPreference: "high-performance" }): Promise<Adapter | null>;
}

/** Asks for the adapter that the engine would get. Never rejects: what is missing is the `reason`. */
export async function probe(): Promise<Capabilities> {
  const gpu = (globalThis.navigator as { gpu?: Gpu } | undefined)?.gpu;
  if (!gpu) return nothing(reasonWithoutGpu());
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    return adapter
      ? described(adapter)
      : nothing("The browser has WebGPU but found no adapter for it; check the graphics driver.");
  } catch (error) {
    return nothing(`The browser's WebGPU failed: ${String(error)}`);
  }
}

function described({ info, features, limits }: Adapter): Capabilities {
  const names = [info?.vendor, info?.architecture, info?.description].filter(Boolean);
  return {
    webgpu: true,
    adapter: names.join(" "),
    backend: "webgpu",
    f16: features.has("shader-f16"),
    subgroups: features.has("subgroups"),
    limits: numbersOf(limits),
    ...threads(),
  };
}

function threads(): Pick<Capabilities, "threads" | "whyOneThread"> {
  const { count, whyOne } = chooseThreads("auto", "cpu");
  return { threads: count, ...(whyOne !== undefined && { whyOneThread: whyOne }) };
}

// The limits are getters of a prototype, so they are neither own properties nor cloneable.
function numbersOf(limits: object): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const name in limits) {
    const value = (limits as Record<string, unknown>)[name];
    if (typeof value === "number") numbers[name] = value;
  }
  return numbers;
}

function reasonWithoutGpu(): string {
  if (globalThis.isSecureContext === false) {
    return "WebGPU is only there on secure pages; open this one by https, or on localhost.";
  }
  return "This browser has no WebGPU; use a current Chrome, Edge, Safari or Firefox.";
}

function nothing(reason: string): Capabilities {
  return {
    webgpu: false,
    adapter: "",
    backend: "",
    f16: false,
    subgroups: false,
    limits: {},
    reason,
    ...threads(),
  };
}
