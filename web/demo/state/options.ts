/** The settings of the options panel and their form as options of `generate`. */

import type { Device, Dtype, GenerateOptions } from "unmask";
import { chosen, toChoice, type Kind, type MethodChoice } from "./methods.ts";

export interface Options {
  /** Masks of a new canvas. */
  readonly length: number;
  /** Positions of a block; 0: the whole canvas is one block. */
  readonly block: number;
  /** Which proposals a step commits. */
  readonly select: MethodChoice;
  /** Which commits are taken back. */
  readonly revise: MethodChoice;
  /** Which positions are open, and whether the canvas grows. */
  readonly structure: MethodChoice;
  /** When a run ends early. */
  readonly exit: MethodChoice;
  /** Which rows a step forwards. */
  readonly cache: MethodChoice;
  readonly temperature: number;
  readonly seed: number;
  readonly dtype: Dtype;
  readonly device: Device;
}

/**
 * What suits the embedded model: short blocks. Two to six tokens a step where there is one right answer, little more
 * than one in a story, where many words would do.
 */
export const defaultOptions: Options = {
  length: 64,
  block: 8,
  select: chosen("threshold"),
  revise: chosen("none"),
  structure: chosen("blocks"),
  exit: chosen("eos"),
  cache: chosen("auto"),
  temperature: 0,
  seed: 0,
  dtype: "auto",
  device: "auto",
};

/** Limits of the number fields, held by the panel and by `withOption`. */
export const limits = {
  length: { min: 1, max: 1024, step: 1 },
  block: { min: 0, max: 1024, step: 1 },
  temperature: { min: 0, max: 2, step: 0.1 },
  seed: { min: 0, max: 4_294_967_295, step: 1 },
} as const;

/** Sets one option; numbers out of their limits are brought back into them. */
export function withOption<Name extends keyof Options>(
  options: Options,
  name: Name,
  value: Options[Name],
): Options {
  if (typeof value !== "number" || !(name in limits)) return { ...options, [name]: value };
  const { min, max } = limits[name as keyof typeof limits];
  return Number.isFinite(value) ? { ...options, [name]: Math.max(min, Math.min(value, max)) } : options;
}

/** What `generate` is asked for. The length is the canvas's own. */
export function toGenerateOptions(options: Options, maskCount: number): GenerateOptions {
  const { block, temperature, seed } = options;
  const choice = (kind: Kind) => toChoice(options[kind], maskCount);
  // The catalog holds the engine's own names, which the types of `GenerateOptions` are written from as well.
  const choices = {
    select: choice("select"),
    revise: choice("revise"),
    structure: choice("structure"),
    exit: choice("exit"),
    cache: choice("cache"),
  } as GenerateOptions;
  return { ...choices, temperature, seed, ...(block > 0 ? { block } : {}) };
}
