/** A trace: the canvas a run began with and the frames it sent. Any step is replayed from it. */

import type { Commit, Frame, Splice } from "unmask";
import { MASK, type Canvas, type Position } from "./canvas.ts";

/** Text to continue, or a question for the chat template. */
export type Mode = "continue" | "chat";

/** What stands before the canvas. */
export interface Lead {
  readonly mode: Mode;
  readonly text: string;
}

/** A position that was overwritten, or masked again where the id is `null`. */
export type Revision = Omit<Commit, "id"> & { readonly id: number | null };

/** A change of the canvas's length; `null` among the tokens is MASK. */
export type Growth = Omit<Splice, "inserted"> & { readonly inserted: readonly (number | null)[] };

/** A frame in the demo's terms, where MASK has no id. */
export type TraceFrame = Omit<Frame, "revised" | "spliced"> & {
  readonly revised: readonly Revision[];
  readonly spliced: readonly Growth[];
};

/** A frame of the package in the demo's terms. */
export function traceFrame(frame: Frame, maskId: number): TraceFrame {
  const named = (id: number): number | null => (id === maskId ? null : id);
  return {
    ...frame,
    revised: frame.revised.map((commit) => ({ ...commit, id: named(commit.id) })),
    spliced: frame.spliced.map((splice) => ({ ...splice, inserted: splice.inserted.map(named) })),
  };
}

export interface Trace {
  /** The canvas before the first frame. */
  readonly base: Canvas;
  readonly frames: readonly TraceFrame[];
  /** Frames applied to what is shown, 0 to `frames.length`. */
  readonly shown: number;
  /** As it was when the run began: an edit of the prompt does not change what was generated. */
  readonly lead: Lead;
}

/** A trace that shows `base` and has no frames yet. */
export function newTrace(base: Canvas, lead: Lead): Trace {
  return { base, frames: [], shown: 0, lead };
}

/** Appends a frame; a view that shows the newest step keeps showing the newest. */
export function append(trace: Trace, frame: TraceFrame): Trace {
  const follows = trace.shown === trace.frames.length;
  const frames = [...trace.frames, frame];
  return { ...trace, frames, shown: follows ? frames.length : trace.shown };
}

/** Shows step `shown`, clamped to what exists. */
export function scrubTo(trace: Trace, shown: number): Trace {
  return { ...trace, shown: Math.max(0, Math.min(Math.round(shown), trace.frames.length)) };
}

/** The canvas after the first `count` frames. */
export function replay({ base, frames }: Trace, count: number): Canvas {
  const canvas = [...base];
  for (const frame of frames.slice(0, count)) applyFrame(canvas, frame);
  return canvas;
}

/**
 * A number for every position after the first `count` frames that stays with it when the canvas grows or shrinks
 * before it. Positions of the base have their index, inserted ones what comes after.
 */
export function keysOf({ base, frames }: Trace, count: number): number[] {
  const keys = base.map((_, index) => index);
  let next = base.length;
  for (const { spliced } of frames.slice(0, count)) {
    for (const { at, removed, inserted } of spliced) {
      keys.splice(at, removed, ...inserted.map(() => next++));
    }
  }
  return keys;
}

/**
 * The newest text of every position, by its key: a block keeps the width of what will stand there, so that scrubbing
 * moves nothing. `null` on the newest step, where a block's text is its own.
 */
export function comingTexts(trace: Trace): ReadonlyMap<number, string> | null {
  const last = trace.frames.length;
  if (trace.shown === last) return null;
  const newest = replay(trace, last);
  return new Map(keysOf(trace, last).map((key, index) => [key, newest[index]?.text ?? ""]));
}

/** The canvas and its keys before the first frame and after each one; what a frame left alone is the same object. */
export function* moments({ base, frames }: Trace): Generator<{ canvas: Canvas; keys: readonly number[] }> {
  const canvas = [...base];
  const keys = base.map((_, index) => index);
  let next = base.length;
  yield { canvas, keys };
  for (const frame of frames) {
    applyFrame(canvas, frame);
    for (const { at, removed, inserted } of frame.spliced) {
      keys.splice(at, removed, ...inserted.map(() => next++));
    }
    yield { canvas, keys };
  }
}

/** Whether any frame changed the canvas's length. */
export function changesLength({ frames }: Trace): boolean {
  return frames.some(({ spliced }) => spliced.length > 0);
}

/** The canvas on show. */
export function shownCanvas(trace: Trace): Canvas {
  return replay(trace, trace.shown);
}

/** An edit continues from what is on show: it becomes the base of a new trace. */
export function edited(trace: Trace, edit: (canvas: Canvas) => Canvas): Trace {
  const base = edit(shownCanvas(trace)).map((position) => ({ ...position, step: null }));
  return newTrace(base, trace.lead);
}

/**
 * An edit of pins leaves the frames alone. Only where it pins what a frame inserted, which the base does not hold, it
 * begins a new trace as other edits do.
 */
export function repinned(trace: Trace, edit: (canvas: Canvas) => Canvas): Trace {
  const canvas = shownCanvas(trace);
  const pins = edit(canvas);
  const keys = keysOf(trace, trace.shown);
  const changed = new Set(keys.filter((_, index) => pins[index]?.pinned !== canvas[index]?.pinned));
  if ([...changed].some((key) => key >= trace.base.length)) return edited(trace, edit);
  const toggled = (position: Position): Position => ({ ...position, pinned: !position.pinned });
  const base = trace.base.map((position, key) => (changed.has(key) ? toggled(position) : position));
  return { ...trace, base };
}

function applyFrame(canvas: Position[], frame: TraceFrame): void {
  const { step } = frame;
  for (const { position, id, confidence } of frame.committed) {
    change(canvas, position, { id, confidence, text: "", step });
  }
  for (const { position, id, confidence } of frame.revised) {
    change(canvas, position, id === null ? MASK_AGAIN : { id, confidence, text: "", step });
  }
  for (const { at, removed, inserted } of frame.spliced) {
    canvas.splice(at, removed, ...inserted.map((id) => ({ ...MASK, id, step: id === null ? null : step })));
  }
  for (const { position, id } of frame.filled) {
    change(canvas, position, { id, confidence: null, text: "", step });
  }
  // A token shows its text here, not with its commit: part of a character spells nothing by itself.
  for (const { position, text } of frame.texts) change(canvas, position, { text });
}

const MASK_AGAIN: Partial<Position> = { id: null, confidence: null, text: "", step: null };

/** Frames come from outside: one about a position that does not exist changes nothing. */
function change(canvas: Position[], index: number, fields: Partial<Position>): void {
  const position = canvas[index];
  if (position !== undefined) canvas[index] = { ...position, ...fields };
}
