/** The canvas as the demo holds it, and every edit of it as a pure function. */

/** One position after the prompt. */
export interface Position {
  /** Token id; `null` is MASK. */
  readonly id: number | null;
  /** Text shown; while masked, the last text known here, which keeps the width of the block. */
  readonly text: string;
  /** Confidence at the commit, 0 to 1; `null` when no step committed it. */
  readonly confidence: number | null;
  /** Step of the present trace that wrote it. */
  readonly step: number | null;
  /** Pinned by the visitor: "unmask" and "mask the rest" leave it alone. */
  readonly pinned: boolean;
}

export type Canvas = readonly Position[];

/** Half-open range of positions. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export const MASK: Position = { id: null, text: "", confidence: null, step: null, pinned: false };

/** `length` masks. */
export function masks(length: number): Canvas {
  return Array.from({ length }, () => MASK);
}

export function countMasks(canvas: Canvas): number {
  return canvas.reduce((count, position) => count + (position.id === null ? 1 : 0), 0);
}

/** Masks the range again; pinned positions stay. */
export function remask(canvas: Canvas, range: Range): Canvas {
  return editRange(canvas, range, (position) => (position.pinned ? position : masked(position)));
}

/** Pins the range, or unpins it when all of it is pinned. Masks cannot be pinned: they hold nothing to keep. */
export function togglePin(canvas: Canvas, range: Range): Canvas {
  const tokens = canvas.slice(range.start, range.end).filter((position) => position.id !== null);
  const pinned = !tokens.every((position) => position.pinned);
  return editRange(canvas, range, (position) => (position.id === null ? position : { ...position, pinned }));
}

/** Puts `count` masks before position `at`; `at = canvas.length` lengthens it at the end. */
export function insertMasks(canvas: Canvas, at: number, count: number): Canvas {
  const place = Math.max(0, Math.min(at, canvas.length));
  return [...canvas.slice(0, place), ...masks(count), ...canvas.slice(place)];
}

/** Where the text ends: before the stop tokens (and padding) that close the canvas, else behind its last position. */
export function endOfText(canvas: Canvas, stopIds: readonly number[]): number {
  return canvas.findLastIndex(({ id }) => id === null || !stopIds.includes(id)) + 1;
}

/** A canvas of `length` masks that keeps the pinned positions of `canvas`, and is long enough for them. */
export function fresh(canvas: Canvas, length: number): Canvas {
  const lastPin = canvas.findLastIndex((position) => position.pinned);
  return Array.from({ length: Math.max(length, lastPin + 1) }, (_, index) => {
    const position = canvas[index];
    return position?.pinned ? { ...position, step: null } : MASK;
  });
}

function masked(position: Position): Position {
  return { ...MASK, text: position.text };
}

function editRange(canvas: Canvas, { start, end }: Range, edit: (position: Position) => Position): Canvas {
  return canvas.map((position, index) => (index >= start && index < end ? edit(position) : position));
}
