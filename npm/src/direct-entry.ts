/** The package without its worker: `loadModel` runs the engine on the thread that calls it. */

import { estimateOn, loadOn } from "./load.js";
import { probe } from "./probe.js";
import { thisThread } from "./this-thread.js";
import { engineUrls } from "./thread.js";
import type {
  Capabilities,
  EstimateOptions,
  LoadOptions,
  MemoryEstimate,
  Model,
  ModelSource,
} from "./types.js";

export * from "./common.js";

/** Options without those that only a worker has. */
export type WithoutWorker<Options> = Omit<Options, "worker" | "workerUrl">;

/** As `loadModel` of the main entry, on this thread. */
export function loadModel(source: ModelSource, options?: WithoutWorker<LoadOptions>): Promise<Model> {
  return loadOn(here, source, options);
}

/** As `estimateMemory` of the main entry, on this thread. */
export function estimateMemory(
  source: ModelSource,
  options?: WithoutWorker<EstimateOptions>,
): Promise<MemoryEstimate> {
  return estimateOn(here, source, options);
}

/** As `capabilities` of the main entry, on this thread. */
export function capabilities(): Promise<Capabilities> {
  return probe();
}

async function here(options: LoadOptions) {
  return thisThread(engineUrls(options));
}
