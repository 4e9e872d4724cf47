/** `loadModel` and `estimateMemory` on the best thread: the package's main entry. */

import type { EngineThread } from "./engine-thread.js";
import { estimateOn, loadOn } from "./load.js";
import { engineUrls, startWorker } from "./thread.js";
import type { EstimateOptions, LoadOptions, MemoryEstimate, Model, ModelSource } from "./types.js";
import { workerThread } from "./worker-thread.js";

/**
 * Loads a checkpoint and makes it ready to generate.
 * ```ts
 * const model = await loadModel("owner/name", { onProgress, signal });
 * ```
 * @throws {UnmaskError} with a stable `code`: `missing_file`, `network`, `unsupported_model`, `aborted`, ...
 */
export function loadModel(source: ModelSource, options?: LoadOptions): Promise<Model> {
  return loadOn(anyThread, source, options);
}

/**
 * Tells what loading a checkpoint would take, from its headers: no weight is downloaded.
 * @throws {UnmaskError} as `loadModel` does for a checkpoint that cannot be loaded
 */
export function estimateMemory(source: ModelSource, options?: EstimateOptions): Promise<MemoryEstimate> {
  return estimateOn(anyThread, source, options);
}

async function anyThread(options: LoadOptions): Promise<EngineThread> {
  const urls = engineUrls(options);
  const client = await startWorker(options);
  if (client) return workerThread(client, urls);
  // Imported only here, so that a page which uses the worker never downloads the engine's glue itself.
  const { thisThread } = await import("./this-thread.js");
  return thisThread(urls);
}
