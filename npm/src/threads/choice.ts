/** How many threads the CPU executor may have here. */

import { UnmaskError } from "../errors.js";
import type { Device } from "../types.js";

/** A number of threads; and where it is one, why. */
export interface ThreadCount {
  readonly count: number;
  readonly whyOne?: string;
}

/** More than these rarely have work: a product of a small model is a few dozen parts. */
const MOST = 4;

/**
 * The number of threads for a load on the thread where this runs.
 * @throws {UnmaskError} `bad_input` for a number that is none
 */
export function chooseThreads(wanted: number | "auto", device: Device): ThreadCount {
  if (wanted !== "auto" && !(Number.isInteger(wanted) && wanted > 0 && wanted <= 64)) {
    throw new UnmaskError("bad_input", `threads is ${String(wanted)}; give a whole number from 1 to 64, or "auto".`);
  }
  if (wanted === 1) return { count: 1, whyOne: "one thread, as asked" };
  if (wanted === "auto" && device === "gpu") return { count: 1 };
  const missing = whatIsMissing();
  if (missing !== undefined) return { count: 1, whyOne: `one thread, because ${missing}` };
  const count = wanted === "auto" ? Math.min(cores(), MOST) : wanted;
  return count > 1 ? { count } : { count, whyOne: "one thread, because this machine has one" };
}

function cores(): number {
  return globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Why this thread can have no others beside it; undefined where it can. */
function whatIsMissing(): string | undefined {
  if (typeof Worker === "undefined") return "there are no workers here";
  // A page's thread may not wait, and whoever shares a loop has to.
  if (typeof WorkerGlobalScope === "undefined") return "the engine runs on the page's own thread";
  if (!globalThis.crossOriginIsolated) {
    return "the page is not cross-origin isolated (headers Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy)";
  }
  return undefined;
}

declare const WorkerGlobalScope: unknown;
