/** Everything the page shows, as one value. */

import type { Capabilities, ErrorCode, ModelInfo, Progress } from "unmask";
import { masks } from "./canvas.ts";
import { defaultOptions, type Options } from "./options.ts";
import type { Selection } from "./selection.ts";
import { newTrace, type Lead, type Trace } from "./trace.ts";

/** An error as the page shows it. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  /** What failed, which is what "try again" repeats. */
  readonly during: "load" | "generate";
}

/** How far the engine is. */
export type EngineState =
  | { readonly status: "probing" }
  /** No WebGPU: the visitor decides whether the CPU should do it. */
  | { readonly status: "unsupported"; readonly capabilities: Capabilities }
  | { readonly status: "loading"; readonly progress: Progress }
  | { readonly status: "ready"; readonly info: ModelInfo }
  | { readonly status: "failed" };

export interface State {
  readonly engine: EngineState;
  readonly prompt: Lead;
  readonly options: Options;
  readonly trace: Trace;
  /** Traces before the last edits, newest last. */
  readonly past: readonly Trace[];
  readonly selection: Selection | null;
  readonly run: "idle" | "running" | "stopping";
  readonly problem: Problem | null;
}

/** The page as it opens. */
export function initialState(prompt: Lead, options: Options = defaultOptions): State {
  return {
    engine: { status: "probing" },
    prompt,
    options,
    trace: newTrace(masks(options.length), prompt),
    past: [],
    selection: null,
    run: "idle",
    problem: null,
  };
}
