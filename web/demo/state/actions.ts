/** Everything that can happen to the state. */

import type { Canvas, Range } from "./canvas.ts";
import type { InpaintAction } from "./inpaint.ts";
import type { ModelChoice } from "./model.ts";
import type { Options } from "./options.ts";
import type { RaceAction } from "./race.ts";
import type { Shared } from "./share.ts";
import type { EngineState, Problem } from "./state.ts";
import type { SudokuAction } from "./sudoku.ts";
import type { Lead, TraceFrame } from "./trace.ts";

/** One option with a value of its own type. */
export type OptionChange = {
  [Name in keyof Options]: { readonly name: Name; readonly value: Options[Name] };
}[keyof Options];

export type Action =
  | { readonly type: "engine"; readonly engine: EngineState }
  | { readonly type: "model"; readonly model: ModelChoice }
  /** Changes the text of the prompt, its form, or both. */
  | { readonly type: "prompt"; readonly prompt: Partial<Lead> }
  | { readonly type: "option"; readonly change: OptionChange }
  /** A run begins on `base`. */
  | { readonly type: "run/start"; readonly base: Canvas; readonly lead: Lead }
  | { readonly type: "run/frame"; readonly frame: TraceFrame }
  | { readonly type: "run/stopping" }
  | { readonly type: "run/end" }
  | { readonly type: "problem"; readonly problem: Problem | null }
  | { readonly type: "scrub"; readonly shown: number }
  /** Moves the focus; `extend` keeps the other end of the selection. */
  | { readonly type: "select"; readonly to: number; readonly extend: boolean }
  | { readonly type: "select/all" }
  | { readonly type: "select/none" }
  | { readonly type: "remask"; readonly range: Range }
  | { readonly type: "pin"; readonly range: Range }
  | { readonly type: "insert"; readonly at: number; readonly count: number }
  | { readonly type: "undo" }
  /** The address of the page names a view, and may bring what it shows. */
  | { readonly type: "address"; readonly shared: Shared }
  | InpaintAction
  | RaceAction
  | SudokuAction;
