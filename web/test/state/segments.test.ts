import { expect, it } from "vitest";
import { MASK, masks, type Position } from "../../demo/state/canvas.ts";
import { toSegments } from "../../demo/state/segments.ts";

const token = (id: number): Position => ({ id, text: "", confidence: null, step: null, pinned: false });

it("joins neighbours of a kind", () => {
  const canvas = [token(5), token(6), MASK, MASK, token(7), MASK];
  expect(toSegments(canvas)).toEqual([{ ids: [5, 6] }, { mask: 2 }, { ids: [7] }, { mask: 1 }]);
});

it("handles canvases of one kind, and none", () => {
  expect(toSegments(masks(3))).toEqual([{ mask: 3 }]);
  expect(toSegments([token(0)])).toEqual([{ ids: [0] }]);
  expect(toSegments([])).toEqual([]);
});
