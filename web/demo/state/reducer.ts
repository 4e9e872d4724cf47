/** The state after an action. Pure. */

import type { Action } from "./actions.ts";
import { insertMasks, masks, remask, togglePin, type Canvas } from "./canvas.ts";
import { kept, reduceInpaint } from "./inpaint.ts";
import { withOption } from "./options.ts";
import { isWaiting, lineUp, racersOf, reduceRace, stopLanes, type RaceAction } from "./race.ts";
import { clamp, moveTo, type Selection } from "./selection.ts";
import type { Shared } from "./share.ts";
import type { State } from "./state.ts";
import { reduceSudoku, type SudokuAction } from "./sudoku.ts";
import { append, edited, newTrace, repinned, scrubTo, shownCanvas, type Trace } from "./trace.ts";

/** Edits that can be taken back. */
const UNDO_DEPTH = 50;

export function reduce(state: State, action: Action): State {
  const next = react(state, action);
  const isOver = next.trace !== state.trace && action.type !== "inpaint/keep";
  return isOver && next.inpaint !== null ? { ...next, inpaint: null } : next;
}

function react(state: State, action: Action): State {
  switch (action.type) {
    case "engine":
      return { ...state, engine: action.engine };
    case "model":
      return { ...state, model: action.model };
    case "prompt":
      return untouched({ ...state, prompt: { ...state.prompt, ...action.prompt } });
    case "option":
      return untouched({
        ...state,
        options: withOption(state.options, action.change.name, action.change.value),
      });
    case "run/start":
      return { ...remember(state, newTrace(action.base, action.lead)), run: "running", problem: null };
    case "run/frame":
      return withTrace(state, append(state.trace, action.frame));
    case "run/stopping":
      return state.run === "running" ? { ...state, run: "stopping" } : state;
    case "run/end":
      return { ...state, run: "idle", race: stopLanes(state.race) };
    case "problem":
      return { ...state, problem: action.problem };
    case "scrub":
      return withTrace(state, scrubTo(state.trace, action.shown));
    case "select":
      return { ...state, selection: moveTo(state.selection, action.to, lengthOf(state), action.extend) };
    case "select/all":
      return { ...state, selection: { anchor: 0, focus: lengthOf(state) - 1 } };
    case "select/none":
      return { ...state, selection: null };
    case "remask":
      return edit(state, (canvas) => remask(canvas, action.range));
    case "pin":
      return state.run === "idle"
        ? remember(
            state,
            repinned(state.trace, (canvas) => togglePin(canvas, action.range)),
          )
        : state;
    case "insert":
      return insert(state, action.at, action.count);
    case "undo":
      return undo(state);
    case "address":
      return follow(state, action.shared);
    case "inpaint/ask":
      return { ...state, inpaint: reduceInpaint(null, action), run: "running", problem: null };
    case "inpaint/found":
      return { ...state, inpaint: reduceInpaint(state.inpaint, action) };
    case "inpaint/keep":
      return keep(state, action.index);
    case "race/line-up":
      return state.run === "idle" ? withRace(state, action) : state;
    case "race/start":
      return { ...withRace(state, action), run: "running", problem: null };
    case "race/go":
    case "race/frame":
    case "race/arrive":
    case "race/show":
      return withRace(state, action);
    case "sudoku/start":
      return { ...withSudoku(state, action), run: "running", problem: null };
    case "sudoku/frame":
    case "sudoku/scrub":
    case "sudoku/pace":
      return withSudoku(state, action);
    case "sudoku/puzzle":
    case "sudoku/clear":
    case "sudoku/type":
      return state.run === "idle" ? withSudoku(state, action) : state;
  }
}

function withRace(state: State, action: RaceAction): State {
  return { ...state, race: reduceRace(state.race, action, masks(state.options.length), state.prompt) };
}

function withSudoku(state: State, action: SudokuAction): State {
  return { ...state, sudoku: reduceSudoku(state.sudoku, action) };
}

/** While something runs, only the view changes: what runs belongs to what was asked for. */
function follow(state: State, shared: Shared): State {
  const { view } = shared;
  if (state.run !== "idle") return { ...state, view };
  const { prompt = state.prompt, options, racers, givens, pace = state.sudoku.pace } = shared;
  // Device and weight format belong to the loaded model.
  const { device, dtype } = state.options;
  const next: State = { ...state, view, prompt, options: { ...(options ?? state.options), device, dtype } };
  const sudoku = givens ? { ...state.sudoku, givens, pace, trace: null, rejected: null } : state.sudoku;
  if (shared.prompt === undefined && options === undefined) return { ...next, sudoku };
  const canvas = masks(next.options.length);
  const race = lineUp(racers ?? racersOf(state.race), canvas, prompt);
  return { ...remember(next, newTrace(canvas, prompt)), selection: null, race, sudoku };
}

function lengthOf(state: State): number {
  return shownCanvas(state.trace).length;
}

/** The canvas on show may be shorter than the one before. */
function withTrace(state: State, trace: Trace): State {
  if (state.selection === null) return { ...state, trace };
  return { ...state, trace, selection: clamp(state.selection, shownCanvas(trace).length) };
}

/** While nothing was generated or edited, the waiting canvases follow the prompt and the length. */
function untouched(changed: State): State {
  const state = isWaiting(changed.race)
    ? { ...changed, race: lineUp(racersOf(changed.race), masks(changed.options.length), changed.prompt) }
    : changed;
  const { trace, options, past, prompt } = state;
  if (past.length > 0 || trace.frames.length > 0) return state;
  const selection = clamp(state.selection, options.length);
  return { ...state, selection, trace: newTrace(masks(options.length), prompt) };
}

function remember(state: State, trace: Trace): State {
  return { ...state, trace, past: [...state.past, state.trace].slice(-UNDO_DEPTH) };
}

function edit(state: State, change: (canvas: Canvas) => Canvas): State {
  if (state.run !== "idle") return state;
  return remember(state, edited(state.trace, change));
}

/** Inserted masks are selected, so that the next key can act on them. */
function insert(state: State, at: number, count: number): State {
  if (state.run !== "idle" || count < 1) return state;
  const place = Math.min(at, shownCanvas(state.trace).length);
  const selection: Selection = { anchor: place, focus: place + count - 1 };
  return { ...edit(state, (canvas) => insertMasks(canvas, place, count)), selection };
}

/** The kept words replace the others in the canvas that the rest of the alternatives are for as well. */
function keep(state: State, index: number): State {
  const { inpaint } = state;
  if (inpaint === null || state.run !== "idle") return state;
  const canvas = kept(inpaint, index);
  return { ...edit(state, () => canvas), inpaint: { ...inpaint, canvas } };
}

function undo(state: State): State {
  const trace = state.past.at(-1);
  if (trace === undefined || state.run !== "idle") return state;
  return {
    ...state,
    trace,
    past: state.past.slice(0, -1),
    selection: clamp(state.selection, shownCanvas(trace).length),
  };
}
