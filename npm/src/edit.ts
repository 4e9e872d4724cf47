/** Editing a text: what was marked becomes masks, everything else stays. */

import { UnmaskError } from "./errors.js";
import type { EditRange, Segment } from "./types.js";

/** A piece of the text: kept, or to be written anew. */
export interface EditPiece {
  readonly text: string;
  readonly masked: boolean;
}

/**
 * `text` cut at `ranges`, in its order; empty pieces that would be kept are left out.
 * @throws {UnmaskError} `bad_input` for a range outside the text, or two that overlap
 */
export function editPieces(text: string, ranges: EditRange | readonly EditRange[]): EditPiece[] {
  const sorted = [ranges].flat().sort((a, b) => a.start - b.start);
  if (sorted.length === 0) throw new UnmaskError("bad_input", "There is no range to edit.");
  const pieces: EditPiece[] = [];
  let at = 0;
  for (const { start, end } of sorted) {
    if (!(
      Number.isInteger(start) &&
      Number.isInteger(end) &&
      at <= start &&
      start <= end &&
      end <= text.length
    )) {
      const expected = `expected ${at} <= start <= end <= ${text.length}, in the text's own units`;
      throw new UnmaskError("bad_input", `The range ${start} to ${end} does not fit: ${expected}.`);
    }
    pieces.push(
      { text: text.slice(at, start), masked: false },
      { text: text.slice(start, end), masked: true },
    );
    at = end;
  }
  pieces.push({ text: text.slice(at), masked: false });
  return pieces.filter((piece) => piece.masked || piece.text !== "");
}

/** The canvas of an edit: `masks(text)` positions for each marked piece. */
export function editCanvas(
  pieces: readonly EditPiece[],
  masks: (text: string) => Promise<number>,
): Promise<Segment[]> {
  return Promise.all(pieces.map(async ({ text, masked }) => (masked ? { mask: await masks(text) } : text)));
}
