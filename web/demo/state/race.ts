/**
 * A race: the same prompt decoded in several ways, one lane each. The lanes run one after the other, so that none
 * slows another, and are shown again together, forward by forward.
 */

import { countMasks, type Canvas } from "./canvas.ts";
import { countersOf } from "./counters.ts";
import { append, newTrace, replay, scrubTo, type Lead, type Trace, type TraceFrame } from "./trace.ts";

export interface Lane {
  /** Whose lane it is: an id of `racers.ts`. */
  readonly racer: string;
  readonly status: "waiting" | "running" | "finished" | "stopped";
  readonly trace: Trace;
}

export interface Race {
  readonly lanes: readonly Lane[];
  /** Every lane is shown after so many forwards; `null`: as far as it is. */
  readonly shown: number | null;
}

export type RaceAction =
  /** Who races; what was run before is forgotten. */
  | { readonly type: "race/line-up"; readonly racers: readonly string[] }
  | { readonly type: "race/start"; readonly base: Canvas; readonly lead: Lead }
  | { readonly type: "race/go"; readonly lane: number }
  | { readonly type: "race/frame"; readonly lane: number; readonly frame: TraceFrame }
  | { readonly type: "race/arrive"; readonly lane: number }
  | { readonly type: "race/show"; readonly forwards: number | null };

/** Racers before a canvas that waits. */
export function lineUp(racers: readonly string[], base: Canvas, lead: Lead): Race {
  const lanes = racers.map((racer) => ({ racer, status: "waiting" as const, trace: newTrace(base, lead) }));
  return { lanes, shown: null };
}

export function reduceRace(race: Race, action: RaceAction, base: Canvas, lead: Lead): Race {
  switch (action.type) {
    case "race/line-up":
      return lineUp(action.racers, base, lead);
    case "race/start":
      return lineUp(racersOf(race), action.base, action.lead);
    case "race/go":
      return withLane(race, action.lane, (lane) => ({ ...lane, status: "running" }));
    case "race/frame":
      return withLane(race, action.lane, (lane) => ({ ...lane, trace: append(lane.trace, action.frame) }));
    case "race/arrive":
      return withLane(race, action.lane, (lane) => ({ ...lane, status: "finished" }));
    case "race/show":
      return { ...race, shown: action.forwards === null ? null : clampForwards(race, action.forwards) };
  }
}

/** What ran when the race was stopped has not arrived. */
export function stopLanes(race: Race): Race {
  const lanes = race.lanes.map((lane) =>
    lane.status === "running" ? { ...lane, status: "stopped" as const } : lane,
  );
  return { ...race, lanes };
}

/** Whether no lane has been run. */
export function isWaiting({ lanes }: Race): boolean {
  return lanes.every(({ status }) => status === "waiting");
}

export function racersOf({ lanes }: Race): string[] {
  return lanes.map(({ racer }) => racer);
}

/** Forwards of the lane that took the most. */
export function mostForwards({ lanes }: Race): number {
  return Math.max(0, ...lanes.map(({ trace }) => trace.frames.at(-1)?.forwards ?? 0));
}

/** The lane's trace, at the forward that the race shows. */
export function shownTrace({ shown }: Race, { trace }: Lane): Trace {
  if (shown === null) return scrubTo(trace, trace.frames.length);
  return scrubTo(trace, trace.frames.filter(({ forwards }) => forwards <= shown).length);
}

/** Rows of the network that the steps on show forwarded. */
export function rowsOf({ frames, shown }: Trace): number {
  return frames.slice(0, shown).reduce((sum, { rows }) => sum + rows, 0);
}

/** Masks left after each forward, from the start on: the lane's line in the chart. */
export function descent({ base, frames }: Trace): (readonly [forwards: number, masksLeft: number])[] {
  return [[0, countMasks(base)], ...frames.map(({ forwards, masksLeft }) => [forwards, masksLeft] as const)];
}

export interface Verdict {
  /** Lanes with the fewest forwards; several where it is a tie. */
  readonly fewestForwards: readonly number[];
  /** Lane with the least time. */
  readonly quickest: number;
  /** How many times the forwards of the best the worst took. */
  readonly ratio: number;
  /** Whether every lane wrote the same. */
  readonly sameText: boolean;
}

/** Who won; `null` while a lane has not arrived. */
export function verdictOf({ lanes }: Race): Verdict | null {
  if (lanes.length === 0 || lanes.some(({ status }) => status !== "finished")) return null;
  const finals = lanes.map(({ trace }) => countersOf(scrubTo(trace, trace.frames.length)));
  const forwards = finals.map((counters) => counters.forwards);
  const seconds = finals.map((counters) => counters.seconds);
  const fewest = Math.min(...forwards);
  return {
    fewestForwards: forwards.flatMap((count, lane) => (count === fewest ? [lane] : [])),
    quickest: seconds.indexOf(Math.min(...seconds)),
    ratio: fewest > 0 ? Math.max(...forwards) / fewest : 1,
    sameText: new Set(lanes.map(({ trace }) => written(trace))).size === 1,
  };
}

/** The ids at the end of the trace, as one string to compare. */
function written(trace: Trace): string {
  return replay(trace, trace.frames.length)
    .map(({ id }) => id)
    .join(" ");
}

function clampForwards(race: Race, forwards: number): number {
  return Math.max(0, Math.min(Math.round(forwards), mostForwards(race)));
}

function withLane(race: Race, at: number, change: (lane: Lane) => Lane): Race {
  return { ...race, lanes: race.lanes.map((lane, index) => (index === at ? change(lane) : lane)) };
}
