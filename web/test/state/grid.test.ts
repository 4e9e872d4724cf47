import { describe, expect, it } from "vitest";
import { clashesOf, EMPTY_GRID, isSolved, puzzleOf, solutionsOf } from "../../demo/state/grid.ts";

const grid = (rows: string): number[] => [...rows.replaceAll(" ", "")].map(Number);
const solved = grid("3241 1423 2134 4312");

describe("a grid", () => {
  it("is solved when every row, column and box holds each digit", () => {
    expect(isSolved(solved)).toBe(true);
    expect(isSolved(solved.with(0, 0))).toBe(false);
    expect(isSolved(grid("1234 2341 3412 4123"))).toBe(false);
  });

  it("says which digit stands twice, and where", () => {
    expect(clashesOf(grid("3300 0000 0000 0000"))).toEqual([
      { digit: 3, group: "row 1", cells: [0, 1] },
      { digit: 3, group: "box 1", cells: [0, 1] },
    ]);
    expect(clashesOf(grid("0010 0000 0000 0010"))).toEqual([{ digit: 1, group: "column 3", cells: [2, 14] }]);
    expect(clashesOf(solved)).toEqual([]);
  });

  it("has as many solutions as there are", () => {
    // The number of 4×4 sudokus.
    expect(solutionsOf(EMPTY_GRID, Infinity)).toHaveLength(288);
    expect(solutionsOf(EMPTY_GRID, 5)).toHaveLength(5);
    expect(solutionsOf(solved, 2)).toEqual([solved]);
    expect(solutionsOf(grid("1200 0030 0000 0004"), 9).every(isSolved)).toBe(true);
    expect(solutionsOf(grid("1230 0004 0000 0000"), 1)).toEqual([]);
    expect(solutionsOf(grid("1100 0000 0000 0000"), 1)).toEqual([]);
  });
});

describe("a puzzle", () => {
  const puzzles = Array.from({ length: 60 }, (_, seed) => puzzleOf(seed));

  it("has one solution and room for the model", () => {
    for (const puzzle of puzzles) {
      expect(solutionsOf(puzzle, 2)).toHaveLength(1);
      const open = puzzle.filter((digit) => digit === 0).length;
      expect(open).toBeGreaterThanOrEqual(6);
      expect(open).toBeLessThanOrEqual(9);
    }
  });

  it("is the same for a seed, and another for another", () => {
    expect(puzzleOf(7)).toEqual(puzzles[7]);
    expect(new Set(puzzles.map(String)).size).toBeGreaterThan(50);
  });
});
