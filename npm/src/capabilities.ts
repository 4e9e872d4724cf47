/** What this browser offers. */

import { UnmaskError } from "./errors.js";
import type { Capabilities, CapabilitiesOptions } from "./types.js";

/** Asks for a WebGPU adapter and tells what it can do. Downloads no model. */
export async function capabilities(_options: CapabilitiesOptions = {}): Promise<Capabilities> {
  throw new UnmaskError("internal", "capabilities is not there yet.");
}
