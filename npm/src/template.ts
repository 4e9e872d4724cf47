/** The helper for templates. */

/** A run of `count` masks: `model.fill(["Dear ", mask(3), ", thank you."])`. */
export function mask(count: number): { readonly mask: number } {
  return { mask: count };
}
