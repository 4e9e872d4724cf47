/** A canvas that finds its own length: how it begins, and what became of it step by step. */

import { chosen, methods, withValue } from "./methods.ts";
import type { Options } from "./options.ts";
import type { Trace, TraceFrame } from "./trace.ts";

/** Masks that a growing canvas begins with. */
export const BEGINNING = 4;

/** Methods that lengthen the canvas, of which each has a limit of its own. */
export const growers = methods.structure.filter(({ parameters }) =>
  parameters.some(({ name }) => name === "max_length"),
);

/** The canvas at one step. */
export interface Moment {
  readonly step: number;
  readonly length: number;
  readonly masks: number;
}

/** A change of the length. */
export interface GrowthEvent {
  /** The step that made it, from 1. */
  readonly step: number;
  readonly at: number;
  readonly inserted: number;
  readonly removed: number;
}

/** Whether a method lengthens the canvas. */
export function grows(method: string): boolean {
  return growers.some(({ name }) => name === method);
}

/** The visitor's options; a structure that does not grow gives way to the first that does. */
export function growingOptions(options: Options): Options {
  if (grows(options.structure.method)) return options;
  const limit = withValue(chosen("daedal"), "max_length", Math.max(BEGINNING, options.length));
  return { ...options, structure: limit, cache: chosen("none") };
}

export function momentsOf({ base, frames }: Trace): Moment[] {
  const begun = { step: 0, length: base.length, masks: base.filter(({ id }) => id === null).length };
  let { length } = begun;
  const after = frames.map((frame, index) => {
    length += eventsOf(frame, index).reduce((sum, { inserted, removed }) => sum + inserted - removed, 0);
    return { step: index + 1, length, masks: frame.masksLeft };
  });
  return [begun, ...after];
}

/** Every change of the length, in order. */
export function growthOf({ frames }: Trace): GrowthEvent[] {
  return frames.flatMap(eventsOf);
}

function eventsOf({ spliced }: TraceFrame, index: number): GrowthEvent[] {
  return spliced.map(({ at, removed, inserted }) => ({
    step: index + 1,
    at,
    inserted: inserted.length,
    removed,
  }));
}
