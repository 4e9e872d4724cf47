/** A trace as strips: for every position, from which step to which it was masked, and how sure the model was of it. */

import { MASK, type Position } from "./canvas.ts";
import { moments, type Trace, type TraceFrame } from "./trace.ts";

/** Canvases up to this length are read at every position in every step; of longer ones the map would be too fine. */
export const READ_LENGTH = 128;

/** What the map shows of a distribution: how likely its likeliest token is, or how much is left open. */
export type Measure = "confidence" | "entropy";

/** What the network said of a position in a step, before the step changed it. */
export interface Reading {
  /** 0 to 1. */
  readonly confidence: number;
  /** Nats. */
  readonly entropy: number;
  /** The likeliest token. */
  readonly text: string;
}

/** A position over some steps in which nothing about it changed. Step 0 is the canvas before the first frame. */
export interface Strip {
  readonly from: number;
  /** First step after it. */
  readonly to: number;
  readonly state: "masked" | "given" | "committed" | "absent";
  /** 0 to 1 where a step committed it. */
  readonly confidence: number | null;
  readonly text: string;
}

/** One position of the canvas, at every step. */
export interface Column {
  /** Stays the same where the canvas grows or shrinks before it. */
  readonly key: number;
  readonly strips: readonly Strip[];
  /** By step; none where the network was not asked. */
  readonly readings: ReadonlyMap<number, Reading>;
}

/** Columns in the order of the canvas; positions that were dropped stand where they stood. */
export function columnsOf(trace: Trace): Column[] {
  const columns = new Map<number, Strip[]>();
  const order: number[] = [];
  const seen = new Map<number, Position>();
  const readings = new Map<number, Map<number, Reading>>();
  let before: readonly number[] = [];
  let step = 0;
  for (const { canvas, keys } of moments(trace)) {
    read(readings, trace.frames[step - 1], before, step);
    before = [...keys];
    if (keys.length !== seen.size || keys.some((key) => !seen.has(key))) {
      place(keys, order);
      leave(keys, seen, columns, step);
    }
    for (const [index, key] of keys.entries()) {
      const position = canvas[index] ?? MASK;
      if (seen.get(key) === position) continue;
      seen.set(key, position);
      begin(columns, key, step, momentOf(position));
    }
    step += 1;
  }
  return order.map((key) => ({
    key,
    strips: closed(columns.get(key) ?? [], step),
    readings: readings.get(key) ?? new Map<number, Reading>(),
  }));
}

/** Puts a frame's records to the positions, which had `keys` before it. */
function read(
  readings: Map<number, Map<number, Reading>>,
  frame: TraceFrame | undefined,
  keys: readonly number[],
  step: number,
): void {
  for (const { position, confidence, entropy, text } of frame?.records ?? []) {
    const key = keys[position];
    if (key === undefined) continue;
    const own = readings.get(key) ?? new Map<number, Reading>();
    readings.set(key, own.set(step, { confidence, entropy, text }));
  }
}

/** The largest entropy of all readings, nats; 0 where there are none. */
export function mostEntropy(columns: readonly Column[]): number {
  const all = columns.flatMap(({ readings }) => [...readings.values()]);
  return all.reduce((most, { entropy }) => Math.max(most, entropy), 0);
}

/** How sure a reading is by a measure, 0 to 1; nothing is less sure than `most`, an entropy. */
export function surenessOf({ confidence, entropy }: Reading, measure: Measure, most: number): number {
  if (measure === "confidence") return confidence;
  return most > 0 ? 1 - entropy / most : 1;
}

type Moment = Omit<Strip, "from" | "to">;

const ABSENT: Moment = { state: "absent", confidence: null, text: "" };

function momentOf({ id, confidence, text }: Position): Moment {
  if (id === null) return { state: "masked", confidence: null, text: "" };
  return { state: confidence === null ? "given" : "committed", confidence, text };
}

/** Puts the keys that are new into the order, each behind its neighbour on the canvas. */
function place(keys: readonly number[], order: number[]): void {
  const known = new Set(order);
  for (const [index, key] of keys.entries()) {
    if (known.has(key)) continue;
    const left = keys[index - 1];
    order.splice(left === undefined ? 0 : order.indexOf(left) + 1, 0, key);
  }
}

/** Ends the strips of positions that are no longer on the canvas. */
function leave(
  keys: readonly number[],
  seen: Map<number, Position>,
  columns: Map<number, Strip[]>,
  step: number,
): void {
  const present = new Set(keys);
  for (const key of seen.keys()) {
    if (present.has(key)) continue;
    seen.delete(key);
    begin(columns, key, step, ABSENT);
  }
}

/** Begins a strip, unless only the text of the last one came late. */
function begin(columns: Map<number, Strip[]>, key: number, step: number, moment: Moment): void {
  const strips = columns.get(key) ?? [];
  const last = strips.at(-1);
  const same = last?.state === moment.state && last.confidence === moment.confidence;
  if (last !== undefined && same) strips[strips.length - 1] = { ...last, text: moment.text };
  else strips.push({ ...moment, from: step, to: step });
  columns.set(key, strips);
}

/** Every strip ends where the next one begins. */
function closed(strips: readonly Strip[], steps: number): Strip[] {
  return strips.map((strip, index) => ({ ...strip, to: strips[index + 1]?.from ?? steps }));
}

/** The strip of a column at a step. */
export function stripAt({ strips }: Column, step: number): Strip | undefined {
  return strips.find(({ from, to }) => step >= from && step < to);
}

/** Tokens per forward, of each step and of the run up to it. */
export interface Pace {
  readonly step: number;
  readonly committed: number;
  readonly forwards: number;
  /** Tokens per forward of all steps so far. */
  readonly soFar: number;
}

export function paceOf({ frames }: Trace): Pace[] {
  let standing = 0;
  return frames.map(({ committed, revised, forwards }, index) => {
    standing += committed.length - revised.filter(({ id }) => id === null).length;
    const soFar = forwards > 0 ? standing / forwards : 0;
    return { step: index + 1, committed: committed.length, forwards, soFar };
  });
}
