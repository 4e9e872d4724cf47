import type { Frame } from "unmask";
import { describe, expect, it } from "vitest";
import type { Action } from "../../demo/state/actions.ts";
import { masks } from "../../demo/state/canvas.ts";
import { defaultOptions } from "../../demo/state/options.ts";
import { reduce } from "../../demo/state/reducer.ts";
import { initialState, type State } from "../../demo/state/state.ts";
import { shownCanvas } from "../../demo/state/trace.ts";

const lead = { mode: "continue", text: "Once" } as const;
const start = initialState(lead, { ...defaultOptions, length: 3 });
const frame: Frame = {
  step: 0,
  block: 0,
  forwards: 1,
  rows: 1,
  masksLeft: 1,
  committed: [
    { position: 0, id: 10, confidence: 0.9, text: "a" },
    { position: 1, id: 11, confidence: 0.8, text: "b" },
  ],
  revised: [],
  spliced: [],
  filled: [],
  texts: [],
  seconds: 1,
};

const after = (state: State, ...actions: Action[]): State => actions.reduce(reduce, state);
const ids = (state: State): (number | null)[] => shownCanvas(state.trace).map(({ id }) => id);
const run: Action = { type: "run/start", base: masks(3), lead };
const done = after(start, run, { type: "run/frame", frame }, { type: "run/end" });

describe("a run", () => {
  it("begins, shows its frames and ends", () => {
    expect(after(start, run).run).toBe("running");
    expect(ids(done)).toEqual([10, 11, null]);
    expect(done.run).toBe("idle");
  });

  it("can be asked to stop only while it runs", () => {
    expect(after(start, { type: "run/stopping" }).run).toBe("idle");
    expect(after(start, run, { type: "run/stopping" }).run).toBe("stopping");
  });

  it("refuses edits while it goes on", () => {
    const running = after(start, run, { type: "run/frame", frame });
    const edit: Action = { type: "remask", range: { start: 0, end: 3 } };
    expect(ids(after(running, edit))).toEqual(ids(running));
    expect(after(running, { type: "insert", at: 0, count: 2 })).toBe(running);
    expect(after(running, { type: "undo" })).toBe(running);
  });

  it("clears the problem of the run before", () => {
    const failed = after(start, {
      type: "problem",
      problem: { code: "gpu", message: "no", during: "write" },
    });
    expect(after(failed, run).problem).toBeNull();
  });
});

describe("edits", () => {
  it("mask again, and undo brings the frames back", () => {
    const masked = after(done, { type: "remask", range: { start: 1, end: 2 } });
    expect(ids(masked)).toEqual([10, null, null]);
    const undone = after(masked, { type: "undo" });
    expect(ids(undone)).toEqual([10, 11, null]);
    expect(undone.trace.frames).toHaveLength(1);
  });

  it("select the masks they inserted", () => {
    const longer = after(done, { type: "insert", at: 3, count: 2 });
    expect(ids(longer)).toEqual([10, 11, null, null, null]);
    expect(longer.selection).toEqual({ anchor: 3, focus: 4 });
  });

  it("that are undone keep the selection on the canvas", () => {
    const undone = after(done, { type: "insert", at: 3, count: 2 }, { type: "undo" });
    expect(undone.selection).toEqual({ anchor: 2, focus: 2 });
  });
});

describe("prompt and options", () => {
  it("shape the canvas while it is untouched", () => {
    const state = after(
      start,
      { type: "option", change: { name: "length", value: 5 } },
      { type: "prompt", prompt: { text: "Long ago" } },
    );
    expect(ids(state)).toHaveLength(5);
    expect(state.trace.lead.text).toBe("Long ago");
  });

  it("leave a generated text alone", () => {
    const state = after(
      done,
      { type: "option", change: { name: "length", value: 5 } },
      { type: "prompt", prompt: { text: "Long ago" } },
    );
    expect(state.trace).toBe(done.trace);
  });

  it("stay within their limits", () => {
    const temperature = after(start, { type: "option", change: { name: "temperature", value: 7 } }).options
      .temperature;
    expect(temperature).toBe(2);
    expect(after(start, { type: "option", change: { name: "length", value: NaN } }).options.length).toBe(3);
  });
});

describe("selection", () => {
  it("moves, extends and stays on the canvas", () => {
    const state = after(
      start,
      { type: "select", to: 1, extend: false },
      { type: "select", to: 9, extend: true },
    );
    expect(state.selection).toEqual({ anchor: 1, focus: 2 });
    expect(after(state, { type: "select", to: -4, extend: false }).selection).toEqual({
      anchor: 0,
      focus: 0,
    });
    expect(after(state, { type: "select/all" }).selection).toEqual({ anchor: 0, focus: 2 });
    expect(after(state, { type: "select/none" }).selection).toBeNull();
  });
});
