import { describe, expect, it } from "vitest";
import { masks } from "../../demo/state/canvas.ts";
import { growers, growingOptions, growthOf, momentsOf } from "../../demo/state/growth.ts";
import { chosen } from "../../demo/state/methods.ts";
import { defaultOptions } from "../../demo/state/options.ts";
import { append, newTrace } from "../../demo/state/trace.ts";
import { frameOf } from "./frames.ts";

const frames = [
  frameOf(0, [], { masksLeft: 6, spliced: [{ at: 2, removed: 0, inserted: [null, null, null, null] }] }),
  frameOf(0, [], { masksLeft: 5 }),
  frameOf(0, [], { masksLeft: 0, spliced: [{ at: 5, removed: 2, inserted: [9] }] }),
];
const trace = frames.reduce(append, newTrace(masks(2), { mode: "continue", text: "" }));

describe("a growing canvas", () => {
  it("has a length after every step", () => {
    expect(momentsOf(trace)).toEqual([
      { step: 0, length: 2, masks: 2 },
      { step: 1, length: 6, masks: 6 },
      { step: 2, length: 6, masks: 5 },
      { step: 3, length: 5, masks: 0 },
    ]);
  });

  it("tells what was put in and taken out", () => {
    expect(growthOf(trace)).toEqual([
      { step: 1, at: 2, inserted: 4, removed: 0 },
      { step: 3, at: 5, inserted: 1, removed: 2 },
    ]);
  });

  it("is made by a method that grows: the visitor's, or the first", () => {
    expect(growers.map(({ name }) => name)).toContain("daedal");
    expect(growingOptions(defaultOptions).structure).toEqual({
      method: "daedal",
      values: { max_length: 64 },
    });
    const mine = { ...defaultOptions, structure: chosen("rho_eos") };
    expect(growingOptions(mine)).toBe(mine);
  });
});
