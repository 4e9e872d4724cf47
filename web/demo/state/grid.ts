/** The 4×4 sudoku: what a grid is, when it is right, and puzzles with one solution. 0 is an empty cell. */

export const SIDE = 4;
export const CELLS = SIDE * SIDE;

/** Sixteen digits, row by row. */
export type Grid = readonly number[];

export const EMPTY_GRID: Grid = Array.from({ length: CELLS }, () => 0);

/** Rows, columns and boxes: the groups in which no digit may stand twice. */
const groups: readonly { readonly name: string; readonly cells: readonly number[] }[] = Array.from(
  { length: SIDE },
  (_, at) => {
    const span = Array.from({ length: SIDE }, (_, index) => index);
    const corner = Math.floor(at / 2) * 2 * SIDE + (at % 2) * 2;
    return [
      { name: `row ${at + 1}`, cells: span.map((index) => at * SIDE + index) },
      { name: `column ${at + 1}`, cells: span.map((index) => index * SIDE + at) },
      { name: `box ${at + 1}`, cells: span.map((i) => corner + Math.floor(i / 2) * SIDE + (i % 2)) },
    ];
  },
).flat();

/** A digit that stands twice in a group. */
export interface Clash {
  readonly digit: number;
  readonly group: string;
  readonly cells: readonly number[];
}

export function clashesOf(grid: Grid): Clash[] {
  return groups.flatMap(({ name, cells }) =>
    Array.from({ length: SIDE }, (_, index) => index + 1).flatMap((digit) => {
      const holders = cells.filter((cell) => grid[cell] === digit);
      return holders.length > 1 ? [{ digit, group: name, cells: holders }] : [];
    }),
  );
}

export function isSolved(grid: Grid): boolean {
  return grid.every((digit) => digit >= 1 && digit <= SIDE) && clashesOf(grid).length === 0;
}

/** Every full grid that keeps the givens, `limit` at most. */
export function solutionsOf(givens: Grid, limit: number): Grid[] {
  if (clashesOf(givens).length > 0) return [];
  const found: Grid[] = [];
  const grid = [...givens];
  const search = (from: number): void => {
    if (found.length >= limit) return;
    const cell = grid.indexOf(0, from);
    if (cell < 0) return void found.push([...grid]);
    for (let digit = 1; digit <= SIDE; digit++) {
      if (!fits(grid, cell, digit)) continue;
      grid[cell] = digit;
      search(cell + 1);
    }
    grid[cell] = 0;
  };
  search(0);
  return found;
}

/** Cells that a new puzzle leaves open: as many as the embedded model was trained on. */
const HOLES = { least: 6, most: 9 } as const;

/** The puzzle of a seed: one solution, six to nine open cells. */
export function puzzleOf(seed: number): Grid {
  const random = randomOf(seed);
  const solution = pick(solutionsOf(EMPTY_GRID, Infinity), random);
  const wanted = HOLES.least + Math.floor(random() * (HOLES.most - HOLES.least + 1));
  const grid = [...solution];
  let open = 0;
  for (const cell of shuffled(random)) {
    if (open === wanted) break;
    grid[cell] = 0;
    if (solutionsOf(grid, 2).length === 1) open += 1;
    else grid[cell] = solution[cell] ?? 0;
  }
  return grid;
}

function fits(grid: Grid, cell: number, digit: number): boolean {
  return groups.every(({ cells }) => !cells.includes(cell) || cells.every((other) => grid[other] !== digit));
}

function shuffled(random: () => number): number[] {
  const cells = Array.from({ length: CELLS }, (_, index) => index);
  for (let last = CELLS - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [cells[last], cells[other]] = [cells[other] ?? 0, cells[last] ?? 0];
  }
  return cells;
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("There is nothing to pick from.");
  return item;
}

/** Numbers in [0, 1) that a seed fixes (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
