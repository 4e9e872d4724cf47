/** Which positions are selected: a range between an anchor and the position that has the focus. */

import type { Range } from "./canvas.ts";

export interface Selection {
  /** Where the selection began. */
  readonly anchor: number;
  /** Where it ends, the position the keyboard moves from. */
  readonly focus: number;
}

/** The selected range; both ends are included in the selection. */
export function rangeOf({ anchor, focus }: Selection): Range {
  return { start: Math.min(anchor, focus), end: Math.max(anchor, focus) + 1 };
}

/** Moves the focus to `to` within `length` positions; `extend` keeps the anchor. */
export function moveTo(
  selection: Selection | null,
  to: number,
  length: number,
  extend: boolean,
): Selection | null {
  if (length === 0) return null;
  const focus = Math.max(0, Math.min(to, length - 1));
  return { anchor: extend && selection ? selection.anchor : focus, focus };
}

/** The selection after the canvas changed its length. */
export function clamp(selection: Selection | null, length: number): Selection | null {
  if (selection === null || length === 0) return null;
  return { anchor: Math.min(selection.anchor, length - 1), focus: Math.min(selection.focus, length - 1) };
}
