import { describe, expect, it } from "vitest";
import { masks } from "../../demo/state/canvas.ts";
import { defaultOptions } from "../../demo/state/options.ts";
import {
  descent,
  lineUp,
  mostForwards,
  reduceRace,
  rowsOf,
  shownTrace,
  stopLanes,
  verdictOf,
  type Race,
  type RaceAction,
} from "../../demo/state/race.ts";
import { isRacer, nameOf, optionsOf, racers, races } from "../../demo/state/racers.ts";
import { verdictText } from "../../demo/view/verdict.ts";
import { frameOf } from "./frames.ts";

const lead = { mode: "continue", text: "Once" } as const;
const base = masks(2);
const names = ["Slow", "Quick"];
const after = (race: Race, ...actions: RaceAction[]): Race =>
  actions.reduce((race, action) => reduceRace(race, action, base, lead), race);
const start = lineUp(["exact", "sure"], base, lead);
const slow = [frameOf(0, [[0, 5, "a"]], { masksLeft: 1 }), frameOf(1, [[1, 6, "b"]])];
const both = frameOf(0, [
  [0, 5, "a"],
  [1, 6, "b"],
]);
const run = (lane: number, frames: typeof slow): RaceAction[] => [
  { type: "race/go", lane },
  ...frames.map((frame): RaceAction => ({ type: "race/frame", lane, frame })),
  { type: "race/arrive", lane },
];
const done = after(start, ...run(0, slow), ...run(1, [both]));

describe("a race", () => {
  it("gives every lane its own trace", () => {
    expect(done.lanes.map(({ status, trace }) => [status, trace.frames.length])).toEqual([
      ["finished", 2],
      ["finished", 1],
    ]);
    expect(mostForwards(done)).toBe(2);
    expect(rowsOf(shownTrace(done, done.lanes[0]!))).toBe(8);
  });

  it("shows all lanes after the same number of forwards", () => {
    const shown = (forwards: number | null) => {
      const race = after(done, { type: "race/show", forwards });
      return race.lanes.map((lane) => shownTrace(race, lane).shown);
    };
    expect(shown(0)).toEqual([0, 0]);
    expect(shown(1)).toEqual([1, 1]);
    expect(shown(99)).toEqual([2, 1]);
    expect(shown(null)).toEqual([2, 1]);
  });

  it("begins anew with the same racers", () => {
    const again = after(done, { type: "race/start", base: masks(3), lead });
    expect(again.lanes.map(({ racer, status, trace }) => [racer, status, trace.base.length])).toEqual([
      ["exact", "waiting", 3],
      ["sure", "waiting", 3],
    ]);
  });

  it("draws the masks that are left", () => {
    expect(descent(done.lanes[0]!.trace)).toEqual([
      [0, 2],
      [1, 1],
      [2, 0],
    ]);
  });
});

describe("the verdict", () => {
  it("waits for every lane", () => {
    const running = after(start, ...run(0, slow), { type: "race/go", lane: 1 });
    expect(verdictOf(running)).toBeNull();
    expect(verdictText(running, names)).toMatch(/^Quick runs/);
    expect(verdictText(stopLanes(running), names)).toBe("Stopped before the end.");
    expect(verdictText(start, names)).toBe("");
  });

  it("names who needed the fewest forwards and the least time, and whether the texts are the same", () => {
    expect(verdictOf(done)).toEqual({ fewestForwards: [1], quickest: 1, ratio: 2, sameText: true });
    expect(verdictText(done, names)).toBe(
      "Quick wins: 1 forward, 2.0 times fewer than the slowest. It took the least time too: 0.10 s. All wrote the same text.",
    );
    const other = after(start, ...run(0, slow), ...run(1, [{ ...both, seconds: 9, committed: [] }]));
    expect(verdictText(other, names)).toContain("Slow took the least time: 0.20 s. The texts differ.");
  });

  it("knows a tie", () => {
    const tie = after(start, ...run(0, [both]), ...run(1, [both]));
    expect(verdictText(tie, names)).toMatch(/^A tie: 1 forward each\./);
  });
});

describe("racers", () => {
  it("decode by their own methods, and else by the settings", () => {
    const options = { ...defaultOptions, seed: 9 };
    expect(optionsOf("exact", options)).toMatchObject({ select: { method: "even" }, seed: 9 });
    expect(optionsOf("dual", options).cache.method).toBe("dual");
    expect(optionsOf("yours", options)).toBe(options);
    expect(nameOf("yours", options)).toBe("Yours: threshold 0.9");
  });

  it("of every race that is offered exist", () => {
    for (const race of races) for (const racer of race.racers) expect(isRacer(racer)).toBe(true);
    expect(new Set(racers.map(({ id }) => id)).size).toBe(racers.length);
    expect(isRacer("nobody")).toBe(false);
  });
});
