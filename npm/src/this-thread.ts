/** The engine on this thread. */

import { estimateDirect, loadDirect } from "./direct.js";
import type { EngineThread } from "./engine-thread.js";
import { unlessInterrupted } from "./interrupt.js";
import { loadWasm } from "./wasm.js";

/** This thread with the wasm at `wasmUrl`, by default beside the package's own module. */
export function thisThread(wasmUrl: string | undefined): EngineThread {
  return {
    load: async (args, hooks) =>
      loadDirect(await unlessInterrupted(loadWasm(wasmUrl), hooks.signal, "Loading"), args, hooks),
    estimate: async (args, signal) =>
      estimateDirect(await unlessInterrupted(loadWasm(wasmUrl), signal, "The estimate"), args, signal),
  };
}
