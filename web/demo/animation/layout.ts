/** Where the words of a canvas stand in a picture of a given width. Pure. */

/** One position: its text, or under a mask the text whose width is kept. */
export interface Word {
  readonly text: string;
  readonly masked: boolean;
  /** 0 to 1, or `null`: it was given. */
  readonly confidence: number | null;
}

/** A word in its place; `x` and `width` in pixels, lines counted from 0. */
export interface Placed extends Word {
  readonly x: number;
  readonly width: number;
  readonly line: number;
}

export interface Layout {
  readonly words: readonly Placed[];
  readonly lines: number;
}

/** Sets words one after another; `measure` gives the width of a text, `unknown` that of a mask without one. */
export function layOut(
  words: readonly Word[],
  width: number,
  unknown: number,
  measure: (text: string) => number,
): Layout {
  const placed: Placed[] = [];
  let [x, line] = [0, 0];
  for (const word of words) {
    const core = word.text.trim();
    const breaks = word.text.split("\n").length - 1;
    if (breaks > 0 && !word.masked) {
      line += breaks;
      x = 0;
    } else if (x > 0) x += measure(word.text.slice(0, word.text.length - word.text.trimStart().length));
    const size = word.masked && core === "" ? unknown : measure(core);
    if (x + size > width && x > 0) {
      line += 1;
      x = 0;
    }
    placed.push({ ...word, text: core, x, width: size, line });
    x += size + (word.masked && core === "" ? measure(" ") : 0);
  }
  return { words: placed, lines: line + 1 };
}
