/** Who can race: choices of decoding methods that are worth holding against each other. */

import { chosen, summaryOf, withValue, type MethodChoice } from "./methods.ts";
import type { Options } from "./options.ts";

export interface Racer {
  readonly id: string;
  readonly name: string;
  readonly select: MethodChoice;
  readonly cache: MethodChoice;
  /** Runs on the autoregressive twin of the page's model. */
  readonly isTwin?: boolean;
}

/** The racer that decodes as the settings say. */
export const YOURS = "yours";

export const racers: readonly [Racer, ...Racer[]] = [
  { id: "exact", name: "One token a step", select: chosen("even"), cache: chosen("none") },
  { id: "sure", name: "Threshold 0.9", select: chosen("threshold"), cache: chosen("none") },
  {
    id: "bold",
    name: "Threshold 0.6",
    select: withValue(chosen("threshold"), "threshold", 0.6),
    cache: chosen("none"),
  },
  { id: "leap", name: "Local leap", select: chosen("localleap"), cache: chosen("none") },
  { id: "dual", name: "Threshold 0.9, dual cache", select: chosen("threshold"), cache: chosen("dual") },
  { id: "prefix", name: "Threshold 0.9, prefix cache", select: chosen("threshold"), cache: chosen("prefix") },
  {
    id: "twin",
    name: "Autoregressive twin",
    select: chosen("threshold"),
    cache: chosen("auto"),
    isTwin: true,
  },
];

/** Races that begin with one click. */
export const races: readonly { readonly label: string; readonly racers: readonly string[] }[] = [
  { label: "One by one, or all that is sure", racers: ["exact", "sure"] },
  { label: "With and without a cache", racers: ["sure", "dual"] },
  { label: "All three", racers: ["exact", "sure", "dual"] },
  { label: "Against the autoregressive twin", racers: ["twin", "sure"] },
];

/** A race has two lanes or three. */
export const LANES = { least: 2, most: 3 } as const;

export function isRacer(id: string): boolean {
  return id === YOURS || racers.some((racer) => racer.id === id);
}

/** Whether a racer runs on the twin. */
export function runsOnTwin(id: string): boolean {
  return racers.some((racer) => racer.id === id && racer.isTwin === true);
}

export function nameOf(id: string, options: Options): string {
  return racers.find((racer) => racer.id === id)?.name ?? `Yours: ${summaryOf("select", options.select)}`;
}

/** The settings with the racer's choices in place of their own; `yours` races with them as they are. */
export function optionsOf(id: string, options: Options): Options {
  const racer = racers.find((racer) => racer.id === id);
  if (racer === undefined) return options;
  const { select, cache, isTwin } = racer;
  const own: Options = { ...options, select, cache, revise: chosen("none") };
  // It writes from left to right whatever the blocks are, and ends where it ends.
  return isTwin ? { ...own, block: 0, structure: chosen("blocks"), exit: chosen("eos") } : own;
}
