/** Everything the page shows, as one value. */

import type { Capabilities, ErrorCode, ModelInfo, Progress } from "unmask";
import { masks } from "./canvas.ts";
import { defaultModel, type ModelChoice } from "./model.ts";
import type { Inpaint } from "./inpaint.ts";
import { defaultOptions, type Options } from "./options.ts";
import { lineUp, type Race } from "./race.ts";
import { races } from "./racers.ts";
import type { Selection } from "./selection.ts";
import { newSudoku, type Sudoku } from "./sudoku.ts";
import { newTrace, type Lead, type Trace } from "./trace.ts";
import type { View } from "./view.ts";

/** What can be run; "write" runs for "inside" as well, which shows the same trace; "grow" writes it too. */
export type Task = "write" | "inpaint" | "grow" | "race" | "sudoku";

/** An error as the page shows it. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  /** What failed, which is what "try again" repeats. */
  readonly during: "load" | Task;
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
  readonly view: View;
  readonly engine: EngineState;
  readonly model: ModelChoice;
  readonly prompt: Lead;
  readonly options: Options;
  readonly trace: Trace;
  /** Traces before the last edits, newest last. */
  readonly past: readonly Trace[];
  readonly selection: Selection | null;
  readonly run: "idle" | "running" | "stopping";
  /** Alternatives for a part of the canvas on show; gone when that changes. */
  readonly inpaint: Inpaint | null;
  readonly race: Race;
  readonly sudoku: Sudoku;
  readonly problem: Problem | null;
}

/** The page as it opens. */
export function initialState(prompt: Lead, options: Options = defaultOptions): State {
  const canvas = masks(options.length);
  return {
    view: "write",
    engine: { status: "probing" },
    model: defaultModel,
    prompt,
    options,
    trace: newTrace(canvas, prompt),
    past: [],
    selection: null,
    run: "idle",
    inpaint: null,
    race: lineUp(races[0]?.racers ?? [], canvas, prompt),
    sudoku: newSudoku(1),
    problem: null,
  };
}
