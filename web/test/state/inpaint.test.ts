import { describe, expect, it } from "vitest";
import { MASK, type Canvas, type Position } from "../../demo/state/canvas.ts";
import { alternativeOf, draftOptions, opened, othersOf, shareAfter } from "../../demo/state/inpaint.ts";
import { chosen } from "../../demo/state/methods.ts";
import { defaultOptions } from "../../demo/state/options.ts";
import { reduce } from "../../demo/state/reducer.ts";
import { initialState, type State } from "../../demo/state/state.ts";
import { newTrace, shownCanvas } from "../../demo/state/trace.ts";
import { frameOf } from "./frames.ts";

const lead = { mode: "continue", text: "Once" } as const;
const word = (text: string, id: number): Position => ({ ...MASK, id, text, confidence: 0.9 });
const canvas: Canvas = [word("a", 1), { ...word("b", 2), pinned: true }, word("c", 3)];
const range = { start: 1, end: 2 };
const textsOf = (state: State): string[] => shownCanvas(state.trace).map(({ text }) => text);
const ready = { ...initialState(lead), trace: newTrace(canvas, lead) };
const asked = reduce(ready, { type: "inpaint/ask", range, canvas });
const found = (state: State, text: string, share: number): State =>
  reduce(state, { type: "inpaint/found", alternative: { positions: [word(text, 7)], share } });
const ended = (state: State): State => reduce(state, { type: "run/end" });

describe("alternatives", () => {
  it("are what a run put into the part, as sure as its commits", () => {
    const base = opened(canvas, range);
    expect(base.map(({ id }) => id)).toEqual([1, null, 3]);
    const { positions, share } = alternativeOf(base, range, [frameOf(0, [[1, 5, "x", 0.4]])], lead);
    expect([positions.map(({ id, text }) => [id, text]), share]).toEqual([[[5, "x"]], 0.4]);
  });

  it("of one position share what the likelier ones left", () => {
    const first = { positions: [word("x", 5)], share: 0.6 };
    expect(shareAfter([], 0.6)).toBe(0.6);
    expect(shareAfter([first], 0.5)).toBeCloseTo(0.2);
    expect(shareAfter([{ ...first, share: 1.2 }], 0.5)).toBe(0);
  });

  it("of several positions vary, and never change the length of the canvas", () => {
    const growing = { ...defaultOptions, structure: chosen("daedal"), seed: 2 ** 32 - 1 };
    const draft = draftOptions(growing, { start: 0, end: 3 }, 1);
    expect([draft.structure.method, draft.seed, draft.temperature]).toEqual(["blocks", 0, 0.8]);
    expect(draftOptions(growing, range, 1).temperature).toBe(0);
  });

  it("are listed once each and kept one at a time", () => {
    const all = ended(found(found(found(asked, "x", 0.5), "y", 0.3), "x", 0.1));
    expect(all.inpaint?.alternatives.map(({ share }) => share)).toEqual([0.5, 0.3]);
    const kept = reduce(all, { type: "inpaint/keep", index: 1 });
    expect(textsOf(kept)).toEqual(["a", "y", "c"]);
    expect(textsOf(reduce(kept, { type: "inpaint/keep", index: 0 }))).toEqual(["a", "x", "c"]);
    expect(textsOf(reduce(kept, { type: "undo" }))).toEqual(["a", "b", "c"]);
  });

  it("are told of a position, without the token it holds", () => {
    const all = found(found(found(asked, "x", 0.5), "b", 0.3), "y", 0.104);
    expect(othersOf(all.inpaint)).toEqual({ index: 1, said: "x 50 %, y 10 %" });
    expect(othersOf(asked.inpaint)).toBeNull();
    const several = reduce(ready, { type: "inpaint/ask", range: { start: 0, end: 2 }, canvas });
    expect(othersOf(found(several, "x", 0.5).inpaint)).toBeNull();
  });

  it("are gone when the canvas changes, and wait for the end of the run", () => {
    const all = found(asked, "x", 0.5);
    expect(reduce(all, { type: "inpaint/keep", index: 0 }).trace).toBe(all.trace);
    expect(reduce(ended(all), { type: "remask", range }).inpaint).toBeNull();
    expect(reduce(ended(all), { type: "select", to: 0, extend: false }).inpaint).not.toBeNull();
  });
});
