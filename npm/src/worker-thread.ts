/** The engine in a worker of its own. */

import { WorkerBackend, type Client } from "./client.js";
import type { EngineThread } from "./engine-thread.js";
import { UnmaskError, aborted } from "./errors.js";
import { unlessInterrupted } from "./interrupt.js";
import type { EngineUrls } from "./wasm.js";

/** The worker behind `client`, which ends with the model, with the estimate, or with the failure of either. */
export function workerThread(client: Client, urls: EngineUrls): EngineThread {
  return {
    load: async (load, { signal, onProgress }) => {
      const loading = client.call("load", { urls, load }, { onEvent: onProgress });
      try {
        return new WorkerBackend(client, await unlessInterrupted(loading, signal, "Loading"));
      } catch (error) {
        // Ending the worker stops a download at once and leaves nothing behind.
        client.close(UnmaskError.from(error));
        throw error;
      }
    },
    estimate: async (load, signal) => {
      try {
        return await unlessInterrupted(client.call("estimate", { urls, load }), signal, "The estimate");
      } finally {
        client.close(aborted("The estimate"));
      }
    },
  };
}
