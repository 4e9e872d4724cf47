/** Selecting with the pointer: click one position, drag over several, shift-click to extend. */

import type { Dispatch } from "../store.ts";

/** Handlers for the canvas element. A vertical swipe still scrolls the page (`touch-action: pan-y`). */
export function canvasPointer(dispatch: Dispatch) {
  return {
    onPointerDown(event: PointerEvent): void {
      const index = indexAt(event);
      if (index === null || event.button !== 0) return;
      dispatch({ type: "select", to: index, extend: event.shiftKey });
    },
    onPointerMove(event: PointerEvent): void {
      if ((event.buttons & 1) === 0) return;
      const index = indexAt(event);
      if (index !== null) dispatch({ type: "select", to: index, extend: true });
    },
  };
}

/** A touch is captured by the element it began on, so the position is looked up under the pointer. */
function indexAt({ clientX, clientY }: PointerEvent): number | null {
  const token = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>("[data-index]");
  return token ? Number(token.dataset["index"]) : null;
}
