import { describe, expect, it } from "vitest";
import { countMasks } from "../../demo/state/canvas.ts";
import {
  canvasOf,
  cellAt,
  cellsOf,
  isPuzzle,
  leadOf,
  newSudoku,
  reduceSudoku,
  remarkOn,
  type Sudoku,
  type SudokuAction,
} from "../../demo/state/sudoku.ts";
import { frameOf } from "./frames.ts";

const IDS = [11, 12, 13, 14, 9];
const givens = [..."3041102321344312"].map(Number);
const start: Sudoku = { ...newSudoku(1), givens };
const after = (sudoku: Sudoku, ...actions: SudokuAction[]): Sudoku => actions.reduce(reduceSudoku, sudoku);
const begin: SudokuAction = { type: "sudoku/start", base: canvasOf(givens, IDS) };
const set = (step: number, position: number, digit: number): SudokuAction => ({
  type: "sudoku/frame",
  frame: frameOf(step, [[position, 10 + digit, String(digit), 0.8]]),
});

describe("the canvas of a sudoku", () => {
  it("is four lines with the givens pinned", () => {
    const canvas = canvasOf(givens, IDS);
    expect(canvas).toHaveLength(19);
    expect(canvas.map(({ id }) => id).slice(0, 6)).toEqual([13, null, 14, 11, 9, 11]);
    expect(countMasks(canvas)).toBe(2);
    expect(canvas.every(({ id, pinned }) => (id === null) === !pinned)).toBe(true);
  });

  it("knows the cell of a position", () => {
    expect([0, 3, 4, 5, 18].map(cellAt)).toEqual([0, 3, null, 4, 15]);
  });

  it("is asked for in the words that the model was trained on", () => {
    expect(leadOf(givens)).toEqual({ mode: "chat", text: "Solve:\n3041\n1023\n2134\n4312" });
  });
});

describe("solving", () => {
  it("shows digits, confidences and the order of the commits at any step", () => {
    const solved = after(start, begin, set(0, 6, 4), set(1, 1, 2));
    const cells = cellsOf(solved);
    expect(cells[5]).toEqual({ text: "4", given: false, confidence: 0.8, order: 1, wrong: false });
    expect(cells[1]?.order).toBe(2);
    expect(cells[0]).toEqual({ text: "3", given: true, confidence: null, order: null, wrong: false });
    expect(remarkOn(solved)).toEqual({ kind: "good", text: "Solved in 2 forwards." });
    const earlier = after(solved, { type: "sudoku/scrub", shown: 1 });
    expect(cellsOf(earlier)[1]?.text).toBe("");
    expect(remarkOn(earlier).text).toBe("1 open cell after 1 forward.");
  });

  it("says what the model got wrong", () => {
    const wrong = after(start, begin, set(0, 6, 4), set(1, 1, 4));
    expect(remarkOn(wrong)).toEqual({ kind: "wrong", text: "The model put 4 twice in row 1." });
    expect(cellsOf(wrong)[1]?.wrong).toBe(true);
    const word = after(start, begin, set(0, 6, 4), {
      type: "sudoku/frame",
      frame: frameOf(1, [[1, 77, " cat"]]),
    });
    expect(remarkOn(word)).toEqual({ kind: "wrong", text: "The model wrote something that is no digit." });
  });
});

describe("typing", () => {
  const type = (cell: number, text: string): SudokuAction => ({ type: "sudoku/type", cell, text });

  it("sets and empties cells, and forgets the solution", () => {
    const edited = after(start, begin, set(0, 6, 4), type(1, "2"));
    expect(edited.givens[1]).toBe(2);
    expect(edited.trace).toBeNull();
    expect(after(edited, type(1, "")).givens[1]).toBe(0);
  });

  it("refuses what no cell takes, and says so", () => {
    const refused = after(start, type(1, "7"));
    expect(refused.givens).toEqual(givens);
    expect(remarkOn(refused)).toEqual({ kind: "wrong", text: "A cell takes a digit from 1 to 4, not “7”." });
    expect(remarkOn(after(refused, type(1, "2"))).kind).toBe("plain");
  });

  it("is told of clashes and of givens that no grid has, which are not sent to the model", () => {
    const clash = after(start, type(1, "3"));
    expect(remarkOn(clash).text).toBe("3 stands twice in row 1. Change one of them.");
    expect(isPuzzle(clash)).toBe(false);
    const impossible: Sudoku = { ...start, givens: [..."1230000400000000"].map(Number) };
    expect(remarkOn(impossible).text).toBe("No grid has these givens. Empty a cell.");
    expect(isPuzzle(impossible)).toBe(false);
  });

  it("is told how many grids fit", () => {
    expect(remarkOn(start).text).toBe("One grid has these givens.");
    expect(remarkOn(after(start, { type: "sudoku/clear" })).text).toMatch(/^100 grids or more/);
    expect(isPuzzle(start)).toBe(true);
  });
});
