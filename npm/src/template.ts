/** Canvases written as templates. */

import type { Segment } from "./types.js";

/** A run of `count` masks, for templates and canvases. */
export function mask(count: number): { readonly mask: number } {
  return { mask: count };
}

/**
 * The canvas that a template spells:
 * ```ts
 * model.generate({ canvas: fill`Dear ${mask(3)}, thank you for ${mask(8)}.` });
 * ```
 * `model.fill` is a template tag itself.
 */
export function fill(texts: TemplateStringsArray, ...values: readonly Segment[]): Segment[] {
  const segments = texts.flatMap((text, at) => [text, values[at] ?? ""]);
  return segments.filter((segment) => segment !== "");
}

/** Whether the first argument of a call says that it was made as a template tag. */
export function isTemplate(value: object): value is TemplateStringsArray {
  return Array.isArray(value) && "raw" in value;
}
