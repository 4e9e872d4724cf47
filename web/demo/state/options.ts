/** The settings of the options panel and their form as options of `generate`. */

import type { Device, Dtype, GenerateOptions } from "unmask";

export interface Options {
  /** Masks of a new canvas. */
  readonly length: number;
  /** Positions of a block; 0: the whole canvas is one block. */
  readonly block: number;
  readonly select: "even" | "threshold";
  /** Confidence that "threshold" asks for, 0 to 1. */
  readonly threshold: number;
  /** Steps of "even". */
  readonly steps: number;
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
  select: "threshold",
  threshold: 0.9,
  steps: 24,
  temperature: 0,
  seed: 0,
  dtype: "auto",
  device: "auto",
};

/** Limits of the number fields, held by the panel and by `withOption`. */
export const limits = {
  length: { min: 1, max: 1024, step: 1 },
  block: { min: 0, max: 1024, step: 1 },
  threshold: { min: 0, max: 1, step: 0.01 },
  steps: { min: 1, max: 1024, step: 1 },
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
  const { block, select, threshold, steps, temperature, seed } = options;
  return {
    select,
    temperature,
    seed,
    ...(block > 0 ? { block } : {}),
    // More steps than masks would leave steps with nothing to commit.
    ...(select === "even" ? { steps: Math.max(1, Math.min(steps, maskCount)) } : { threshold }),
  };
}
