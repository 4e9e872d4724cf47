/** Where positions stand on the page: the lines that the browser broke the canvas into. */

/** The position in the next line (`by` = 1) or the one before (-1) that is nearest to `from`; `from` when there is none. */
export function neighbourLine(root: HTMLElement, from: number, by: 1 | -1): number {
  const here = elementOf(root, from);
  if (here === null) return from;
  const { left, top, height } = lastBox(here);
  const beyond = allTokens(root).filter((token) => (lastBox(token).top - top) * by > height / 2);
  const nearestTop = beyond.reduce(
    (best, token) => Math.min(best, Math.abs(lastBox(token).top - top)),
    Infinity,
  );
  const line = beyond.filter(
    (token) => Math.abs(Math.abs(lastBox(token).top - top) - nearestTop) < height / 2,
  );
  const distance = (token: HTMLElement): number => Math.abs(lastBox(token).left - left);
  return indexOf(
    line.reduce<HTMLElement | null>(
      (best, token) => (best && distance(best) <= distance(token) ? best : token),
      null,
    ),
    from,
  );
}

/** The first or the last position of the line that `from` stands in. */
export function neighbourInLine(root: HTMLElement, from: number, which: "first" | "last"): number {
  const here = elementOf(root, from);
  if (here === null) return from;
  const { top, height } = lastBox(here);
  const line = allTokens(root).filter((token) => Math.abs(lastBox(token).top - top) < height / 2);
  return indexOf(line.at(which === "first" ? 0 : -1) ?? null, from);
}

/** The positions that begin a line, the first one of all left out. */
export function lineStarts(root: HTMLElement): number[] {
  const boxes = allTokens(root).map((token) => ({ index: indexOf(token, 0), box: lastBox(token) }));
  return boxes.flatMap(({ index, box }, at) => {
    const before = boxes[at - 1];
    return before !== undefined && box.top - before.box.top > box.height / 2 ? [index] : [];
  });
}

function elementOf(root: HTMLElement, index: number): HTMLElement | null {
  return root.querySelector<HTMLElement>(`[data-index="${index}"]`);
}

function allTokens(root: HTMLElement): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>("[data-index]")];
}

/** The box that is drawn: a leading space may still hang on the line before. */
function lastBox(token: HTMLElement): DOMRect {
  return (token.querySelector(".word, .block") ?? token).getBoundingClientRect();
}

function indexOf(token: HTMLElement | null, otherwise: number): number {
  return token === null ? otherwise : Number(token.dataset["index"]);
}
