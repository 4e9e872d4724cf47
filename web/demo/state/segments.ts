/** The canvas in the form the package takes: what stands is given as ids (pinned), what is masked is to be filled. */

import type { Segment } from "unmask";
import type { Canvas } from "./canvas.ts";

/** Neighbouring masks and neighbouring tokens become one segment each. */
export function toSegments(canvas: Canvas): Segment[] {
  const segments: Segment[] = [];
  let ids: number[] = [];
  let maskCount = 0;
  const flush = (): void => {
    if (ids.length > 0) segments.push({ ids });
    if (maskCount > 0) segments.push({ mask: maskCount });
    ids = [];
    maskCount = 0;
  };
  for (const { id } of canvas) {
    if (id === null ? ids.length > 0 : maskCount > 0) flush();
    if (id === null) maskCount += 1;
    else ids.push(id);
  }
  flush();
  return segments;
}
