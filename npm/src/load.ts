/** Loading a model, and asking beforehand what that takes. */

import type { EngineThread } from "./engine-thread.js";
import { interruption } from "./interrupt.js";
import { QueuedModel } from "./model.js";
import type { LoadArgs } from "./protocol.js";
import { resolveSource } from "./source/spec.js";
import { withoutStreams } from "./source/stream.js";
import type { EstimateOptions, LoadOptions, MemoryEstimate, Model, ModelSource } from "./types.js";

/** Finds the thread for a load with these options. */
export type ThreadChoice = (options: LoadOptions) => Promise<EngineThread>;

/** `loadModel` on the threads of `choose`. */
export async function loadOn(
  choose: ThreadChoice,
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Model> {
  const args = await loadArgs(source, options);
  const thread = await choose(options);
  const onProgress = options.onProgress ?? (() => {});
  return new QueuedModel(await thread.load(args, { signal: options.signal, onProgress }));
}

/** `estimateMemory` on the threads of `choose`. */
export async function estimateOn(
  choose: ThreadChoice,
  source: ModelSource,
  options: EstimateOptions = {},
): Promise<MemoryEstimate> {
  const args = await loadArgs(source, options);
  // No device is opened, so any thread will do.
  const thread = await choose({ ...options, device: "cpu" });
  return thread.estimate(args, options.signal);
}

async function loadArgs(source: ModelSource, options: LoadOptions): Promise<LoadArgs> {
  const { signal, storage = "auto", cacheLimit } = options;
  if (signal?.aborted) throw interruption(signal, "Loading");
  return {
    source: resolveSource(await withoutStreams(source, signal), options.hubUrl),
    keep: { storage, cacheLimit },
    device: options.device ?? "auto",
    dtype: options.dtype ?? "auto",
    kv: options.kv ?? "auto",
    conventions: options.conventions ?? {},
    tune: options.tune ?? true,
    threads: options.threads ?? "auto",
  };
}
