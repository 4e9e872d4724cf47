/** The sudoku on the page: givens that the visitor sets, and the trace of the model solving them. */

import { MASK, type Canvas, type Position } from "./canvas.ts";
import { CELLS, clashesOf, EMPTY_GRID, isSolved, puzzleOf, SIDE, solutionsOf, type Grid } from "./grid.ts";
import { chosen } from "./methods.ts";
import { defaultOptions, type Options } from "./options.ts";
import { append, newTrace, scrubTo, shownCanvas, type Trace, type TraceFrame } from "./trace.ts";
import { counted } from "./words.ts";

/** How many cells a step may set: the surest one, or all that are sure. */
export type Pace = "one" | "sure";

export interface Sudoku {
  /** Seed of the puzzle that the givens began as. */
  readonly seed: number;
  readonly givens: Grid;
  readonly pace: Pace;
  /** `null` until the model is asked, and again after an edit. */
  readonly trace: Trace | null;
  /** What the visitor typed that no cell takes. */
  readonly rejected: string | null;
}

export type SudokuAction =
  | { readonly type: "sudoku/puzzle"; readonly seed: number }
  | { readonly type: "sudoku/clear" }
  /** A digit from 1 to 4 sets the cell, nothing empties it; anything else is told. */
  | { readonly type: "sudoku/type"; readonly cell: number; readonly text: string }
  | { readonly type: "sudoku/pace"; readonly pace: Pace }
  | { readonly type: "sudoku/start"; readonly base: Canvas }
  | { readonly type: "sudoku/frame"; readonly frame: TraceFrame }
  | { readonly type: "sudoku/scrub"; readonly shown: number };

export function newSudoku(seed: number): Sudoku {
  return { seed, givens: puzzleOf(seed), pace: "one", trace: null, rejected: null };
}

export function reduceSudoku(sudoku: Sudoku, action: SudokuAction): Sudoku {
  switch (action.type) {
    case "sudoku/puzzle":
      return { ...newSudoku(action.seed), pace: sudoku.pace };
    case "sudoku/clear":
      return { ...sudoku, givens: EMPTY_GRID, trace: null, rejected: null };
    case "sudoku/type":
      return type(sudoku, action.cell, action.text.trim());
    case "sudoku/pace":
      return { ...sudoku, pace: action.pace };
    case "sudoku/start":
      return { ...sudoku, trace: newTrace(action.base, leadOf(sudoku.givens)), rejected: null };
    case "sudoku/frame":
      return { ...sudoku, trace: sudoku.trace && append(sudoku.trace, action.frame) };
    case "sudoku/scrub":
      return { ...sudoku, trace: sudoku.trace && scrubTo(sudoku.trace, action.shown) };
  }
}

function type(sudoku: Sudoku, cell: number, text: string): Sudoku {
  if (text !== "" && !/^[1-4]$/.test(text)) return { ...sudoku, rejected: text };
  const givens = sudoku.givens.map((digit, index) => (index === cell ? Number(text) : digit));
  return { ...sudoku, givens, trace: null, rejected: null };
}

/** The question as the model was trained to read it. */
export function leadOf(givens: Grid) {
  const rows = Array.from({ length: SIDE }, (_, row) => givens.slice(row * SIDE, (row + 1) * SIDE).join(""));
  return { mode: "chat", text: `Solve:\n${rows.join("\n")}` } as const;
}

/** Four rows of four digits with a line break between them. */
export const CANVAS_LENGTH = CELLS + SIDE - 1;

/** The cell that a position of the canvas holds; `null` for a line break. */
export function cellAt(position: number): number | null {
  const column = position % (SIDE + 1);
  return column === SIDE ? null : Math.floor(position / (SIDE + 1)) * SIDE + column;
}

/** The answer as a canvas: givens and line breaks are pinned, the rest is masked. `ids` are of "1", "2", "3", "4", "\n". */
export function canvasOf(givens: Grid, ids: readonly number[]): Canvas {
  const pinned = (id: number, text: string): Position => ({ ...MASK, id, text, pinned: true });
  return Array.from({ length: CANVAS_LENGTH }, (_, position) => {
    const cell = cellAt(position);
    if (cell === null) return pinned(ids[SIDE] ?? 0, "\n");
    const digit = givens[cell] ?? 0;
    return digit === 0 ? MASK : pinned(ids[digit - 1] ?? 0, String(digit));
  });
}

/** The whole grid is one block, so that any cell may be the next. */
export function solvingOptions(options: Options, pace: Pace): Options {
  const select = chosen(pace === "one" ? "even" : "threshold");
  return { ...defaultOptions, seed: options.seed, block: 0, select, exit: chosen("full") };
}

/** A cell as it is drawn. */
export interface Cell {
  readonly text: string;
  readonly given: boolean;
  /** 0 to 1; `null` of a given or open cell. */
  readonly confidence: number | null;
  /** Number of the step that set it, from 1. */
  readonly order: number | null;
  readonly wrong: boolean;
}

export function cellsOf({ givens, trace }: Sudoku): Cell[] {
  const positions = trace === null ? [] : shownCanvas(trace).filter((_, at) => cellAt(at) !== null);
  const texts = givens.map((digit, cell) => textOf(digit, positions[cell]));
  const wrong = new Set(clashesOf(texts.map(digitOf)).flatMap(({ cells }) => cells));
  return texts.map((text, cell) => ({
    text,
    given: givens[cell] !== 0,
    confidence: positions[cell]?.confidence ?? null,
    order: orderOf(positions[cell]),
    wrong: wrong.has(cell) || (text !== "" && digitOf(text) === 0),
  }));
}

function textOf(given: number, position: Position | undefined): string {
  if (given !== 0) return String(given);
  return position === undefined || position.id === null ? "" : position.text.trim() || "·";
}

function orderOf(position: Position | undefined): number | null {
  return position?.step == null ? null : position.step + 1;
}

/** The digit that a text is, 0 for any other text. */
function digitOf(text: string): number {
  return /^[1-4]$/.test(text) ? Number(text) : 0;
}

/** Grids worth counting: beyond them it is "many". */
const MANY = 100;

/** What there is to say about the grid, and whether it stands in the way of solving. */
export interface Remark {
  readonly kind: "good" | "plain" | "wrong";
  readonly text: string;
}

export function remarkOn(sudoku: Sudoku): Remark {
  const { givens, rejected, trace } = sudoku;
  if (rejected !== null) {
    return { kind: "wrong", text: `A cell takes a digit from 1 to 4, not “${rejected.slice(0, 8)}”.` };
  }
  const clash = clashesOf(givens)[0];
  if (clash !== undefined) {
    return { kind: "wrong", text: `${clash.digit} stands twice in ${clash.group}. Change one of them.` };
  }
  if (trace !== null && trace.frames.length > 0) return remarkOnAnswer(sudoku, trace);
  const count = solutionsOf(givens, MANY).length;
  if (count === 0) return { kind: "wrong", text: "No grid has these givens. Empty a cell." };
  if (count > 1) {
    const many = count === MANY ? `${MANY} grids or more have` : `${count} grids have`;
    return { kind: "plain", text: `${many} these givens: any of them is right.` };
  }
  return { kind: "plain", text: "One grid has these givens." };
}

/** Whether the model can be asked. */
export function isPuzzle({ givens }: Sudoku): boolean {
  return givens.includes(0) && solutionsOf(givens, 1).length === 1;
}

function remarkOnAnswer(sudoku: Sudoku, trace: Trace): Remark {
  const grid = cellsOf(sudoku).map(({ text }) => digitOf(text));
  const forwards = trace.frames[trace.shown - 1]?.forwards ?? 0;
  if (isSolved(grid)) return { kind: "good", text: `Solved in ${counted(forwards, "forward")}.` };
  const clash = clashesOf(grid)[0];
  if (clash !== undefined) {
    return { kind: "wrong", text: `The model put ${clash.digit} twice in ${clash.group}.` };
  }
  const open = cellsOf(sudoku).filter(({ text }) => text === "").length;
  if (open > 0)
    return { kind: "plain", text: `${counted(open, "open cell")} after ${counted(forwards, "forward")}.` };
  return { kind: "wrong", text: "The model wrote something that is no digit." };
}
