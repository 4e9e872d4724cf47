import { describe, expect, it } from "vitest";
import { chosen, withValue } from "../../demo/state/methods.ts";
import { defaultOptions } from "../../demo/state/options.ts";
import { racersOf } from "../../demo/state/race.ts";
import { reduce } from "../../demo/state/reducer.ts";
import { fromHash, toHash } from "../../demo/state/share.ts";
import { initialState, type State } from "../../demo/state/state.ts";

const lead = { mode: "chat", text: "What is 2 & 3 = 5?\n#100 % “sure”" } as const;
const options = {
  ...defaultOptions,
  length: 12,
  block: 4,
  temperature: 0.7,
  seed: 4_000_000_000,
  select: withValue(chosen("localleap"), "radius", 3),
  cache: chosen("dual"),
};
const opened = (hash: string, state: State = initialState({ mode: "continue", text: "Once" })): State =>
  reduce(state, { type: "address", shared: fromHash(hash) });

describe("a link", () => {
  it("brings back prompt, options and seed", () => {
    const { prompt, options: read, view, trace } = opened(toHash(initialState(lead, options)));
    expect({ prompt, read, view }).toEqual({ prompt: lead, read: options, view: "write" });
    expect([trace.lead, trace.base.length, trace.frames.length]).toEqual([lead, 12, 0]);
  });

  it("brings back who races", () => {
    const racing = reduce(
      { ...initialState(lead, options), view: "race" },
      { type: "race/line-up", racers: ["dual", "yours", "exact"] },
    );
    const state = opened(toHash(racing));
    expect([state.view, racersOf(state.race)]).toEqual(["race", ["dual", "yours", "exact"]]);
    expect(state.race.lanes[0]?.trace.base).toHaveLength(12);
  });

  it("brings back a sudoku", () => {
    const solving: State = { ...initialState(lead), view: "sudoku" };
    const typed = reduce(solving, { type: "sudoku/type", cell: 3, text: "" });
    const state = opened(toHash(reduce(typed, { type: "sudoku/pace", pace: "sure" })));
    expect([state.view, state.sudoku.givens, state.sudoku.pace]).toEqual([
      "sudoku",
      typed.sudoku.givens,
      "sure",
    ]);
  });

  it("leaves device and weight format to the visitor, and a run alone", () => {
    const mine = initialState(lead, { ...defaultOptions, device: "cpu", dtype: "f32" });
    expect(opened("#write?v=1&device=gpu&dtype=q4_0", mine).options).toMatchObject({
      device: "cpu",
      dtype: "f32",
    });
    const running: State = { ...mine, run: "running" };
    expect(opened("#race?v=1&prompt=else", running)).toEqual({ ...running, view: "race" });
  });
});

describe("a link from elsewhere", () => {
  it("may name just a view, or none that exists", () => {
    expect(fromHash("#inside")).toEqual({ view: "inside", newer: false });
    expect(fromHash("")).toEqual({ view: "write", newer: false });
    expect(fromHash("#<script>?v=1").view).toBe("write");
    expect(fromHash("#race?prompt=without+a+version")).toEqual({ view: "race", newer: false });
  });

  it("of a newer page gives what is known of it", () => {
    const shared = fromHash("#write?v=9&prompt=Hi&hologram=1&select=quantum:spin=2&cache=dual:x=1");
    expect(shared.newer).toBe(true);
    expect(shared.prompt).toEqual({ mode: "continue", text: "Hi" });
    expect(shared.options).toEqual({ ...defaultOptions, cache: chosen("dual") });
  });

  it("cannot bring values out of their limits", () => {
    const { options } = fromHash(
      "#write?v=1&length=99999&block=-4&temperature=NaN&seed=1e99&select=threshold:threshold=7",
    );
    expect(options).toMatchObject({ length: 1024, block: 0, temperature: 0, seed: 4_294_967_295 });
    expect(options?.select).toEqual(chosen("threshold"));
    expect(fromHash(`#write?v=1&prompt=${"x".repeat(50_000)}`).prompt?.text).toHaveLength(20_000);
    expect(fromHash("#race?v=1&lane=exact&lane=nobody").racers).toBeUndefined();
    expect(fromHash("#sudoku?v=1&givens=9999999999999999&pace=warp")).toEqual({
      view: "sudoku",
      newer: false,
    });
  });
});
