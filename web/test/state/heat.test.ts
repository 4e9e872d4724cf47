import { describe, expect, it } from "vitest";
import { masks } from "../../demo/state/canvas.ts";
import { exportRace, exportTrace } from "../../demo/state/export.ts";
import { columnsOf, mostEntropy, paceOf, stripAt, surenessOf } from "../../demo/state/heat.ts";
import { defaultOptions } from "../../demo/state/options.ts";
import { lineUp } from "../../demo/state/race.ts";
import { append, newTrace } from "../../demo/state/trace.ts";
import { frameOf } from "./frames.ts";

const lead = { mode: "continue", text: "Once" } as const;

describe("columns", () => {
  const frames = [
    frameOf(0, [[1, 11, "b", 0.9]]),
    frameOf(1, [[0, 10, "a", 0.4]], {
      revised: [{ position: 1, id: null, confidence: 0, text: "" }],
    }),
    frameOf(2, [[1, 12, "c", 0.6]]),
  ];
  const columns = columnsOf(frames.reduce(append, newTrace(masks(2), lead)));
  const drawn = columns.map(({ strips }) =>
    strips.map(({ state, from, to, confidence }) => [state, from, to, confidence]),
  );

  it("tell when a position was committed, how surely, and when it was taken back", () => {
    expect(drawn).toEqual([
      [
        ["masked", 0, 2, null],
        ["committed", 2, 4, 0.4],
      ],
      [
        ["masked", 0, 1, null],
        ["committed", 1, 2, 0.9],
        ["masked", 2, 3, null],
        ["committed", 3, 4, 0.6],
      ],
    ]);
    expect(stripAt(columns[1]!, 1)?.text).toBe("b");
    expect(stripAt(columns[1]!, 9)).toBeUndefined();
  });

  it("keep their place when the canvas grows and shrinks", () => {
    const growing = [
      frameOf(0, [], { spliced: [{ at: 1, removed: 0, inserted: [null] }] }),
      frameOf(1, [], { spliced: [{ at: 0, removed: 1, inserted: [] }] }),
    ];
    const columns = columnsOf(growing.reduce(append, newTrace(masks(2), lead)));
    expect(columns.map(({ key }) => key)).toEqual([0, 2, 1]);
    expect(columns.map(({ strips }) => strips.map(({ state, from }) => [state, from]))).toEqual([
      [
        ["masked", 0],
        ["absent", 2],
      ],
      [["masked", 1]],
      [["masked", 0]],
    ]);
  });
});

describe("readings", () => {
  const record = (position: number, confidence: number, entropy: number) => ({
    position,
    id: position,
    text: "x",
    confidence,
    entropy,
  });
  const frames = [
    frameOf(0, [[1, 11, "b", 0.9]], {
      records: [record(0, 0.2, 3), record(1, 0.9, 0.5), record(7, 1, 9)],
      spliced: [{ at: 0, removed: 0, inserted: [null] }],
    }),
    frameOf(1, [], { records: [record(1, 0.4, 1.5)] }),
  ];
  const columns = columnsOf(frames.reduce(append, newTrace(masks(2), lead)));

  it("belong to the position as it was before the step, and follow it", () => {
    const drawn = columns.map(({ key, readings }) => [
      key,
      [...readings].map(([step, { confidence }]) => [step, confidence]),
    ]);
    expect(drawn).toEqual([
      [2, []],
      [
        0,
        [
          [1, 0.2],
          [2, 0.4],
        ],
      ],
      [1, [[1, 0.9]]],
    ]);
  });

  it("are as sure as their probability, or as their share of the largest entropy", () => {
    const most = mostEntropy(columns);
    expect(most).toBe(3);
    const reading = columns[1]!.readings.get(2)!;
    expect(surenessOf(reading, "confidence", most)).toBe(0.4);
    expect(surenessOf(reading, "entropy", most)).toBe(0.5);
    expect(mostEntropy([])).toBe(0);
    expect(surenessOf(reading, "entropy", 0)).toBe(1);
  });
});

it("the pace counts what stands", () => {
  const frames = [
    frameOf(0, [
      [0, 1, "a"],
      [1, 2, "b"],
    ]),
    frameOf(1, [], { revised: [{ position: 1, id: null, confidence: 0, text: "" }] }),
  ];
  expect(paceOf(frames.reduce(append, newTrace(masks(2), lead)))).toEqual([
    { step: 1, committed: 2, forwards: 1, soFar: 2 },
    { step: 2, committed: 0, forwards: 2, soFar: 0.5 },
  ]);
});

it("a trace is saved with what replays it", () => {
  const trace = append(newTrace(masks(1), lead), frameOf(0, [[0, 7, "x"]]));
  const saved = JSON.parse(exportTrace(trace, defaultOptions, null)) as Record<string, unknown>;
  expect(saved).toMatchObject({
    format: "unmask-trace",
    version: 1,
    prompt: lead,
    frames: trace.frames,
    base: trace.base,
  });
  expect(saved["options"]).toEqual(defaultOptions);
});

it("a race is saved with every lane and the options it ran with", () => {
  const race = lineUp(["exact", "dual"], masks(1), lead);
  const saved = JSON.parse(exportRace(race, defaultOptions, null)) as { lanes: Record<string, unknown>[] };
  expect(saved.lanes).toMatchObject([
    { racer: "exact", status: "waiting", options: { select: { method: "even" } } },
    { racer: "dual", prompt: lead, options: { cache: { method: "dual" } } },
  ]);
});
