/** A thread that can run the engine: this one, or a worker. */

import type { Backend } from "./backend.js";
import type { LoadArgs } from "./protocol.js";
import type { MemoryEstimate, Progress } from "./types.js";

/** What the caller of a load may watch and stop. */
export interface LoadHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: Progress) => void;
}

/** Loads models. One thread of a worker loads one model; this thread loads any number. */
export interface EngineThread {
  load(args: LoadArgs, hooks: LoadHooks): Promise<Backend>;
  estimate(args: LoadArgs, signal?: AbortSignal): Promise<MemoryEstimate>;
}
