/** What this browser offers. */

import { aborted } from "./errors.js";
import { unlessInterrupted } from "./interrupt.js";
import { probe } from "./probe.js";
import { startWorker } from "./thread.js";
import type { Capabilities, CapabilitiesOptions } from "./types.js";

/**
 * Asks for a WebGPU adapter, on the thread where `loadModel` would, and tells what it can do. Downloads neither the
 * engine nor a model.
 */
export async function capabilities(options: CapabilitiesOptions = {}): Promise<Capabilities> {
  const { signal } = options;
  const client = await startWorker(options);
  if (!client) return unlessInterrupted(probe(), signal, "The probe");
  try {
    return await unlessInterrupted(client.call("probe", {}), signal, "The probe");
  } finally {
    client.close(aborted("The probe"));
  }
}
