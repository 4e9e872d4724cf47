/** What a model needs of the engine, whether it runs on this thread or in a worker. */

import type { Draft, DraftAfter } from "./draft.js";
import type { EngineRequest, EngineScoreRequest } from "./request.js";
import type { Frame, GenerationResult, ModelInfo, Score, Tuning } from "./types.js";

/** A loaded model on some thread. Its user makes one `generate` or `score` at a time. */
export interface Backend {
  readonly info: ModelInfo;
  readonly inWorker: boolean;
  /**
   * Denoises; resolves or rejects only once the engine has let go of the run, at most one step after `signal`. `draft`
   * is asked before every step that would try a draft.
   */
  generate(
    request: EngineRequest,
    onFrame: (frame: Frame) => void,
    signal: AbortSignal,
    draft?: DraftAfter,
  ): Promise<GenerationResult>;
  /** Drafts `length` tokens after `ids`, for another model. */
  draft(ids: Uint32Array, length: number): Promise<Draft>;
  /** Measures the device, or tells what is kept of an earlier time; ends at most one forward after `signal`. */
  tune(again: boolean, signal: AbortSignal): Promise<Tuning>;
  /** Scores; ends as `generate` does, at most one forward after `signal`. */
  score(request: EngineScoreRequest, signal: AbortSignal): Promise<Score>;
  /** May be called while a generation runs. */
  tokenize(text: string): Promise<Uint32Array>;
  /** May be called while a generation runs. */
  detokenize(ids: Uint32Array): Promise<string>;
  /** Frees the model; called once, and nothing after it. */
  dispose(): Promise<void>;
}
