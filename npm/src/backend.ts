/** What a model needs of the engine, whether it runs on this thread or in a worker. */

import type { EngineRequest, EngineScoreRequest } from "./request.js";
import type { Frame, GenerationResult, ModelInfo, Score } from "./types.js";

/** A loaded model on some thread. Its user makes one `generate` or `score` at a time. */
export interface Backend {
  readonly info: ModelInfo;
  readonly inWorker: boolean;
  /** Denoises; resolves or rejects only once the engine has let go of the run, at most one step after `signal`. */
  generate(
    request: EngineRequest,
    onFrame: (frame: Frame) => void,
    signal: AbortSignal,
  ): Promise<GenerationResult>;
  /** Scores; ends as `generate` does, at most one forward after `signal`. */
  score(request: EngineScoreRequest, signal: AbortSignal): Promise<Score>;
  /** May be called while a generation runs. */
  tokenize(text: string): Promise<Uint32Array>;
  /** May be called while a generation runs. */
  detokenize(ids: Uint32Array): Promise<string>;
  /** Frees the model; called once, and nothing after it. */
  dispose(): Promise<void>;
}
