import { describe, expect, it } from "vitest";
import {
  countMasks,
  endOfText,
  fresh,
  insertMasks,
  MASK,
  masks,
  remask,
  togglePin,
  type Position,
} from "../../demo/state/canvas.ts";

const word = (id: number, pinned = false): Position => ({
  id,
  text: ` w${id}`,
  confidence: 0.5,
  step: 1,
  pinned,
});

describe("remask", () => {
  it("masks the range, keeps pins and the text that gives the block its width", () => {
    const canvas = remask([word(1), word(2, true), word(3), word(4)], { start: 0, end: 3 });
    expect(canvas.map(({ id }) => id)).toEqual([null, 2, null, 4]);
    expect(canvas[0]).toEqual({ ...MASK, text: " w1" });
  });

  it("does nothing on an empty range", () => {
    expect(remask([word(1)], { start: 1, end: 1 })).toEqual([word(1)]);
  });
});

describe("togglePin", () => {
  it("pins the tokens of a range, never its masks", () => {
    expect(togglePin([word(1), MASK, word(2)], { start: 0, end: 3 }).map(({ pinned }) => pinned)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("pins all when only some are pinned, and unpins when all are", () => {
    const some = togglePin([word(1, true), word(2)], { start: 0, end: 2 });
    expect(some.every(({ pinned }) => pinned)).toBe(true);
    expect(togglePin(some, { start: 0, end: 2 }).some(({ pinned }) => pinned)).toBe(false);
  });
});

describe("insertMasks", () => {
  it("inserts before a position and lengthens at the end", () => {
    expect(insertMasks([word(1), word(2)], 1, 2).map(({ id }) => id)).toEqual([1, null, null, 2]);
    expect(insertMasks([word(1)], 1, 1).map(({ id }) => id)).toEqual([1, null]);
  });

  it("treats places beyond the canvas as its ends", () => {
    expect(insertMasks([word(1)], 99, 1).map(({ id }) => id)).toEqual([1, null]);
    expect(insertMasks([word(1)], -5, 1).map(({ id }) => id)).toEqual([null, 1]);
  });
});

describe("fresh", () => {
  it("keeps pins at their positions", () => {
    expect(fresh([word(1), word(2, true), word(3)], 4).map(({ id }) => id)).toEqual([null, 2, null, null]);
  });

  it("is long enough for the last pin, and as long as asked without pins", () => {
    expect(fresh([word(1), word(2), word(3, true)], 1)).toHaveLength(3);
    expect(fresh([word(1), word(2)], 1)).toEqual(masks(1));
  });
});

it("counts masks", () => {
  expect(countMasks([MASK, word(1), MASK])).toBe(2);
  expect(countMasks([])).toBe(0);
});

it("finds the end of a text before its closing stop tokens", () => {
  expect(endOfText([word(1), word(0), word(2), word(0), word(0)], [0])).toBe(3);
  expect(endOfText([word(0), word(0)], [0])).toBe(0);
  expect(endOfText([word(0), MASK], [0])).toBe(2);
  expect(endOfText([word(1)], [])).toBe(1);
});
