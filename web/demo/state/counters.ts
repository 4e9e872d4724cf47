/** The figures beside the canvas, for any step of a trace. */

import type { Trace, TraceFrame } from "./trace.ts";

export interface Counters {
  /** Tokens that steps wrote, less those they masked again. */
  readonly committed: number;
  /** Network evaluations. */
  readonly forwards: number;
  /** Tokens committed per forward; 0 before the first. */
  readonly tokensPerForward: number;
  /** Tokens committed per second; 0 before the first frame. */
  readonly tokensPerSecond: number;
  readonly seconds: number;
}

export function countersOf({ frames, shown }: Trace): Counters {
  const last = frames[shown - 1];
  if (last === undefined)
    return { committed: 0, forwards: 0, tokensPerForward: 0, tokensPerSecond: 0, seconds: 0 };
  const committed = frames.slice(0, shown).reduce((sum, frame) => sum + standing(frame), 0);
  const { forwards, seconds } = last;
  return {
    committed,
    forwards,
    seconds,
    tokensPerForward: ratio(committed, forwards),
    tokensPerSecond: ratio(committed, seconds),
  };
}

function standing({ committed, revised }: TraceFrame): number {
  return committed.length - revised.filter(({ id }) => id === null).length;
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
