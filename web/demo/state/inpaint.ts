/** Other words for a part of the text: what was asked, what came, and which of it was kept. */

import { remask, type Canvas, type Position, type Range } from "./canvas.ts";
import { chosen } from "./methods.ts";
import type { Options } from "./options.ts";
import { append, newTrace, replay, type Lead, type TraceFrame } from "./trace.ts";

/** One way to fill the part. */
export interface Alternative {
  readonly positions: Canvas;
  /** Of a single position, how likely the model holds the token; of several, the mean confidence of their commits. */
  readonly share: number;
}

export interface Inpaint {
  readonly range: Range;
  /** The canvas that the alternatives were made for. */
  readonly canvas: Canvas;
  readonly alternatives: readonly Alternative[];
}

export type InpaintAction =
  | { readonly type: "inpaint/ask"; readonly range: Range; readonly canvas: Canvas }
  | { readonly type: "inpaint/found"; readonly alternative: Alternative }
  | { readonly type: "inpaint/keep"; readonly index: number };

/** How many alternatives are looked for. */
export const WANTED = 5;

/** How varied the drafts of several positions are; a lower setting of the visitor's own is raised to it. */
const VARIETY = 0.8;

/** What the part is filled with, from the frames of its run. */
export function alternativeOf(
  base: Canvas,
  range: Range,
  frames: readonly TraceFrame[],
  lead: Lead,
): Alternative {
  const trace = frames.reduce(append, newTrace(base, lead));
  const positions = replay(trace, frames.length).slice(range.start, range.end);
  const known = positions.map(({ confidence }) => confidence ?? 1);
  return { positions, share: known.reduce((sum, one) => sum + one, 0) / Math.max(1, known.length) };
}

/**
 * The likelihood of a token that was found while likelier ones were banned: what is left of the whole when theirs is
 * taken off.
 */
export function shareAfter(before: readonly Alternative[], confidence: number): number {
  return confidence * Math.max(0, 1 - before.reduce((sum, { share }) => sum + share, 0));
}

/** The part masked, pinned positions and all: the visitor asked for it. */
export function opened(canvas: Canvas, range: Range): Canvas {
  const loose = canvas.map((position, index) =>
    index >= range.start && index < range.end ? { ...position, pinned: false } : position,
  );
  return remask(loose, range);
}

/** The visitor's options for draft `number`; the canvas neither grows nor is cut, and is one block. */
export function draftOptions(options: Options, range: Range, number: number): Options {
  const single = range.end - range.start === 1;
  const temperature = single || number === 0 ? 0 : Math.max(options.temperature, VARIETY);
  const seed = (options.seed + number) % 2 ** 32;
  return { ...options, structure: chosen("blocks"), exit: chosen("full"), block: 0, temperature, seed };
}

export function textOf(positions: readonly Position[]): string {
  return positions.map(({ text }) => text).join("");
}

/** What else a position could hold, likeliest first: for its tooltip. Of a part of several positions nothing is said. */
export function othersOf(inpaint: Inpaint | null): { readonly index: number; readonly said: string } | null {
  if (inpaint === null || inpaint.range.end - inpaint.range.start !== 1) return null;
  const { canvas, range, alternatives } = inpaint;
  const present = canvas[range.start]?.text;
  const others = alternatives.filter(({ positions }) => textOf(positions) !== present);
  const said = others.map(
    ({ positions, share }) => `${textOf(positions).trim()} ${Math.round(share * 100)} %`,
  );
  return said.length === 0 ? null : { index: range.start, said: said.join(", ") };
}

/** The canvas with an alternative in its place. */
export function kept({ canvas, range, alternatives }: Inpaint, index: number): Canvas {
  const alternative = alternatives[index];
  if (alternative === undefined) return canvas;
  return [...canvas.slice(0, range.start), ...alternative.positions, ...canvas.slice(range.end)];
}

/** The alternatives after an action; the same text is listed once. */
export function reduceInpaint(inpaint: Inpaint | null, action: InpaintAction): Inpaint | null {
  if (action.type === "inpaint/ask") {
    return { range: action.range, canvas: action.canvas, alternatives: [] };
  }
  if (inpaint === null || action.type === "inpaint/keep") return inpaint;
  const { alternatives } = inpaint;
  const text = textOf(action.alternative.positions);
  if (alternatives.some(({ positions }) => textOf(positions) === text)) return inpaint;
  return { ...inpaint, alternatives: [...alternatives, action.alternative] };
}
