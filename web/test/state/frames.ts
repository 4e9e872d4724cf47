/** Frames to test with. */

import type { TraceFrame } from "../../demo/state/trace.ts";

export type Entry = readonly [position: number, id: number, text: string, confidence?: number];

/** The frame of a step that committed these, after `forwards` forwards and as many tenths of a second. */
export function frameOf(step: number, commits: readonly Entry[], rest: Partial<TraceFrame> = {}): TraceFrame {
  const committed = commits.map(([position, id, text, confidence = 0.75]) => ({
    position,
    id,
    text,
    confidence,
  }));
  return {
    step,
    block: 0,
    forwards: step + 1,
    rows: 4,
    masksLeft: 0,
    committed,
    revised: [],
    spliced: [],
    filled: [],
    texts: committed,
    seconds: (step + 1) / 10,
    ...rest,
  };
}
