/** The engine on this thread. */

import { estimateDirect, loadDirect } from "./direct.js";
import type { EngineThread } from "./engine-thread.js";
import { unlessInterrupted } from "./interrupt.js";
import { chooseThreads } from "./threads/choice.js";
import { loadWasm, type EngineUrls } from "./wasm.js";

/** This thread with the engine at `urls`. */
export function thisThread(urls: EngineUrls): EngineThread {
  return {
    load: async (args, hooks) => {
      const threads = chooseThreads(args.threads, args.device);
      return loadDirect(
        await unlessInterrupted(loadWasm(urls, threads), hooks.signal, "Loading"),
        args,
        hooks,
      );
    },
    estimate: async (args, signal) =>
      estimateDirect(await unlessInterrupted(loadWasm(urls), signal, "The estimate"), args, signal),
  };
}
