import type { Frame } from "unmask";
import { describe, expect, it } from "vitest";
import { masks, remask, togglePin } from "../../demo/state/canvas.ts";
import { countersOf } from "../../demo/state/counters.ts";
import {
  append,
  changesLength,
  edited,
  keysOf,
  newTrace,
  repinned,
  replay,
  scrubTo,
  shownCanvas,
  traceFrame,
} from "../../demo/state/trace.ts";

const lead = { mode: "continue", text: "Once" } as const;

function frame(
  step: number,
  commits: readonly (readonly [position: number, id: number, text: string])[],
): Frame {
  const committed = commits.map(([position, id, text]) => ({ position, id, text, confidence: 0.75 }));
  return {
    step,
    block: 0,
    forwards: step + 1,
    rows: 1,
    masksLeft: 0,
    committed,
    revised: [],
    spliced: [],
    filled: [],
    texts: committed,
    seconds: (step + 1) / 2,
  };
}

const frames = [
  frame(0, [[2, 12, "c"]]),
  frame(1, [
    [0, 10, "a"],
    [1, 11, "b"],
  ]),
];
const trace = frames.reduce(append, newTrace(masks(4), lead));
const textOf = (count: number): string[] =>
  replay(trace, count).map(({ id, text }) => (id === null ? "_" : text));

describe("replay", () => {
  it("shows the canvas after any number of frames", () => {
    expect(textOf(0)).toEqual(["_", "_", "_", "_"]);
    expect(textOf(1)).toEqual(["_", "_", "c", "_"]);
    expect(textOf(2)).toEqual(["a", "b", "c", "_"]);
    expect(replay(trace, 2)[1]).toEqual({ id: 11, text: "b", confidence: 0.75, step: 1, pinned: false });
  });

  it("applies texts that changed without a commit, and ignores positions that do not exist", () => {
    const odd: Frame = {
      ...frame(2, [[99, 1, "x"]]),
      revised: [],
      spliced: [],
      filled: [{ position: 3, id: 0, confidence: 1, text: "" }],
      texts: [
        { position: 2, text: "é" },
        { position: -1, text: "y" },
      ],
    };
    const canvas = replay(append(trace, odd), 3);
    expect(canvas.map(({ text }) => text)).toEqual(["a", "b", "é", ""]);
    expect(canvas[3]).toMatchObject({ id: 0, confidence: null });
  });
});

describe("a canvas that changes its length", () => {
  const MASK_ID = 99;
  const commit = (position: number, id: number) => ({ position, id, confidence: 0.5, text: "" });
  const growing = [
    frame(0, [[1, 11, "b"]]),
    {
      ...frame(1, []),
      revised: [commit(1, MASK_ID)],
      spliced: [{ at: 2, removed: 0, inserted: [MASK_ID, 7] }],
    },
    { ...frame(2, []), spliced: [{ at: 0, removed: 1, inserted: [] }], texts: [{ position: 2, text: "g" }] },
  ].map((frame) => traceFrame(frame, MASK_ID));
  const grown = growing.reduce(append, newTrace(masks(3), lead));
  const idsAt = (count: number) => replay(grown, count).map(({ id }) => id);

  it("shows what was inserted, taken back and dropped, at every step", () => {
    expect(idsAt(1)).toEqual([null, 11, null]);
    expect(idsAt(2)).toEqual([null, null, null, 7, null]);
    expect(idsAt(3)).toEqual([null, null, 7, null]);
    expect(replay(grown, 3)[2]?.text).toBe("g");
    expect(changesLength(grown)).toBe(true);
    expect(changesLength(trace)).toBe(false);
  });

  it("keeps the keys of what moves", () => {
    expect(keysOf(grown, 1)).toEqual([0, 1, 2]);
    expect(keysOf(grown, 2)).toEqual([0, 1, 3, 4, 2]);
    expect(keysOf(grown, 3)).toEqual([1, 3, 4, 2]);
  });

  it("counts what was taken back as not committed", () => {
    expect(countersOf(scrubTo(grown, 1)).committed).toBe(1);
    expect(countersOf(grown).committed).toBe(0);
  });

  it("keeps its frames when a position of the base is pinned, and not for an inserted one", () => {
    const early = scrubTo(grown, 1);
    expect(repinned(early, (canvas) => togglePin(canvas, { start: 1, end: 2 })).frames).toHaveLength(3);
    const late = repinned(grown, (canvas) => togglePin(canvas, { start: 2, end: 3 }));
    expect(late.frames).toHaveLength(0);
    expect(shownCanvas(late).map(({ pinned }) => pinned)).toEqual([false, false, true, false]);
  });
});

describe("append and scrubTo", () => {
  it("follow the newest step unless another is on show", () => {
    expect(trace.shown).toBe(2);
    expect(append(scrubTo(trace, 1), frame(2, [])).shown).toBe(1);
  });

  it("clamp to the steps there are", () => {
    expect(scrubTo(trace, 99).shown).toBe(2);
    expect(scrubTo(trace, -1).shown).toBe(0);
  });
});

describe("edits", () => {
  it("continue from what is on show", () => {
    const next = edited(scrubTo(trace, 1), (canvas) => remask(canvas, { start: 2, end: 3 }));
    expect(next.frames).toHaveLength(0);
    expect(shownCanvas(next).map(({ id }) => id)).toEqual([null, null, null, null]);
    expect(next.lead).toBe(lead);
  });

  it("of pins keep the frames and show at every step", () => {
    const pinned = repinned(trace, (canvas) => togglePin(canvas, { start: 0, end: 1 }));
    expect(pinned.frames).toHaveLength(2);
    expect(replay(pinned, 0)[0]?.pinned).toBe(true);
    expect(shownCanvas(pinned).map(({ pinned }) => pinned)).toEqual([true, false, false, false]);
  });
});

describe("countersOf", () => {
  it("counts up to the step on show", () => {
    expect(countersOf(trace)).toEqual({
      committed: 3,
      forwards: 2,
      seconds: 1,
      tokensPerForward: 1.5,
      tokensPerSecond: 3,
    });
    expect(countersOf(scrubTo(trace, 1)).committed).toBe(1);
  });

  it("is zero before the first frame", () => {
    expect(countersOf(scrubTo(trace, 0))).toEqual({
      committed: 0,
      forwards: 0,
      seconds: 0,
      tokensPerForward: 0,
      tokensPerSecond: 0,
    });
  });
});
