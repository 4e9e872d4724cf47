/** From the calls of the public interface to the engine's one request type. */

import type { ChatMessage, FillOptions, GenerateOptions, Input, ScoreOptions, Segment } from "./types.js";

/** A segment as the engine reads it. */
export type EngineSegment = Exclude<Segment, string>;

/** What the engine is asked to do: plain data, defaults and checks are the engine's. */
export interface EngineRequest extends Omit<
  GenerateOptions,
  "signal" | "drafter" | "draftLength" | "prefix"
> {
  /** Tokens of a draft, of a run that is drafted for. */
  draft?: number;
  /** Embeddings, one number after the other. */
  prefix?: readonly number[];
  prompt?: string;
  chat?: readonly ChatMessage[];
  canvas?: readonly EngineSegment[];
}

/** What the engine is asked to score. */
export interface EngineScoreRequest extends Omit<ScoreOptions, "signal"> {
  text: string;
}

/** The request of `model.generate`. */
export function generateRequest(input: Input, options: GenerateOptions): EngineRequest {
  const rest = engineOptions(options);
  if (typeof input === "string") return defined({ ...rest, prompt: input });
  if (isChat(input)) return defined({ ...rest, chat: input });
  const { prompt, chat, canvas } = input;
  return defined({ ...rest, prompt, chat, canvas: canvas?.map(engineSegment) });
}

/** The request of `model.fill`. */
export function fillRequest(segments: readonly Segment[], options: FillOptions): EngineRequest {
  return defined({ ...engineOptions(options), canvas: segments.map(engineSegment) });
}

/** The request of `model.score`. */
export function scoreRequest(text: string, options: ScoreOptions): EngineScoreRequest {
  const { signal: _, ...rest } = options;
  return defined<EngineScoreRequest>({ ...rest, text });
}

/** Tokens of a draft where the caller names none, as on the command line. */
const DRAFT_LENGTH = 8;

function engineOptions(options: GenerateOptions) {
  const { signal: _, drafter, draftLength = DRAFT_LENGTH, prefix, ...rest } = options;
  // The engine reads JSON, which has no typed arrays.
  return { ...rest, draft: drafter && draftLength, prefix: prefix && Array.from(prefix) };
}

function isChat(input: Exclude<Input, string>): input is readonly ChatMessage[] {
  return Array.isArray(input);
}

function engineSegment(segment: Segment): EngineSegment {
  return typeof segment === "string" ? { text: segment } : segment;
}

// An option given as `undefined` means the same as one left out.
function defined<Request extends object = EngineRequest>(request: {
  [K in keyof Request]: Request[K] | undefined;
}): Request {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)) as Request;
}
