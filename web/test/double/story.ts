/** A text cut into pieces, so that the double has something to "propose". */

const text =
  " lived at the edge of a quiet lake. Every morning she counted the boats, and every evening she counted the stars. " +
  'One night the water was so still that the stars lay in it like coins. "May I keep one?" she asked the lake. ' +
  "The lake said nothing, because lakes are patient.\n\nSo she sat down and waited. By dawn the coins were gone, " +
  "but in her pocket there was something small and warm, and it shone for the rest of her life. ";

/** Pieces with their leading space, long words cut in two as a tokenizer would. */
export const pieces: readonly string[] = (text.match(/\n| ?[\w']+|[^\w\s]/g) ?? []).flatMap((word) =>
  word.length > 7 ? [word.slice(0, 5), word.slice(5)] : [word],
);

/** Ids of the double: 0 ends a text, 1 is MASK, pieces follow. */
export const STOP = 0;
export const MASK_ID = 1;
export const FIRST_PIECE = 2;

export function pieceOf(id: number): string {
  return pieces[id - FIRST_PIECE] ?? "";
}

/** What the double proposes for a position. */
export function idAt(position: number): number {
  return FIRST_PIECE + (position % pieces.length);
}
