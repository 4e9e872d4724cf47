/** A trace: the canvas a run began with and the frames it sent. Any step is replayed from it. */

import type { Frame } from "unmask";
import type { Canvas, Position } from "./canvas.ts";

/** Text to continue, or a question for the chat template. */
export type Mode = "continue" | "chat";

/** What stands before the canvas. */
export interface Lead {
  readonly mode: Mode;
  readonly text: string;
}

export interface Trace {
  /** The canvas before the first frame. */
  readonly base: Canvas;
  readonly frames: readonly Frame[];
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
export function append(trace: Trace, frame: Frame): Trace {
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

/** The canvas on show. */
export function shownCanvas(trace: Trace): Canvas {
  return replay(trace, trace.shown);
}

/** An edit continues from what is on show: it becomes the base of a new trace. */
export function edited(trace: Trace, edit: (canvas: Canvas) => Canvas): Trace {
  const base = edit(shownCanvas(trace)).map((position) => ({ ...position, step: null }));
  return newTrace(base, trace.lead);
}

/** An edit of pins leaves the frames alone: positions keep their numbers through a trace. */
export function repinned(trace: Trace, edit: (canvas: Canvas) => Canvas): Trace {
  const pins = edit(shownCanvas(trace));
  const base = trace.base.map((position, index) => ({ ...position, pinned: pins[index]?.pinned ?? false }));
  return { ...trace, base };
}

function applyFrame(canvas: Position[], frame: Frame): void {
  for (const { position, id, confidence } of frame.committed) {
    change(canvas, position, { id, confidence, text: "", step: frame.step });
  }
  for (const { position, id } of frame.filled) {
    change(canvas, position, { id, confidence: null, text: "", step: frame.step });
  }
  // A token shows its text here, not with its commit: part of a character spells nothing by itself.
  for (const { position, text } of frame.texts) change(canvas, position, { text });
}

/** Frames come from outside: one about a position that does not exist changes nothing. */
function change(canvas: Position[], index: number, fields: Partial<Position>): void {
  const position = canvas[index];
  if (position !== undefined) canvas[index] = { ...position, ...fields };
}
