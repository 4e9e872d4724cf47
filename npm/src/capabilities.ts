/** What this browser offers. */

import { aborted } from "./errors.js";
import { unlessInterrupted } from "./interrupt.js";
import { absoluteUrl, startWorker } from "./thread.js";
import type { Capabilities, CapabilitiesOptions } from "./types.js";

/** Asks for a WebGPU adapter, on the thread where `loadModel` would, and tells what it can do. Downloads no model. */
export async function capabilities(options: CapabilitiesOptions = {}): Promise<Capabilities> {
  const { signal } = options;
  const wasmUrl = absoluteUrl(options.wasmUrl);
  const client = await startWorker(options);
  if (!client) {
    const [{ probeDirect }, { loadWasm }] = await Promise.all([import("./direct.js"), import("./wasm.js")]);
    return probeDirect(await unlessInterrupted(loadWasm(wasmUrl), signal, "The probe"), signal);
  }
  try {
    return await unlessInterrupted(client.call("probe", { wasmUrl }), signal, "The probe");
  } finally {
    client.close(aborted("The probe"));
  }
}
