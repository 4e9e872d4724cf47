/** What the canvas can be asked to do, bound to the store and the session. */

import { rangeOf } from "./state/selection.ts";
import { endOfText, type Range } from "./state/canvas.ts";
import { shownCanvas } from "./state/trace.ts";
import type { Session } from "./session.ts";
import type { Store } from "./store.ts";
import type { CanvasCommands } from "./view/canvas-keys.ts";

/** `maskCount` tells how many masks "insert" and "lengthen" put in at the time of the call. */
export function commandsFor(store: Store, session: Session, maskCount: () => number): CanvasCommands {
  const { dispatch } = store;
  const onSelection = (act: (range: Range) => void): void => {
    const { selection } = store.state;
    if (selection !== null) act(rangeOf(selection));
  };
  return {
    select: (to, extend) => dispatch({ type: "select", to, extend }),
    selectAll: () => dispatch({ type: "select/all" }),
    selectNone: () => (store.state.run === "idle" ? dispatch({ type: "select/none" }) : session.stop()),
    mask: () => onSelection((range) => dispatch({ type: "remask", range })),
    rewrite: () => onSelection((range) => void session.rewrite(range)),
    fill: () => void session.fill(),
    pin: () => onSelection((range) => dispatch({ type: "pin", range })),
    insert: () => onSelection(({ start }) => dispatch({ type: "insert", at: start, count: maskCount() })),
    lengthen: () => dispatch({ type: "insert", at: endOfShownText(store), count: maskCount() }),
    undo: () => dispatch({ type: "undo" }),
    scrubBy: (by) => dispatch({ type: "scrub", shown: store.state.trace.shown + by }),
  };
}

/** Masks behind a stop token would stay empty, so a text that has ended grows before it. */
function endOfShownText({ state: { engine, trace } }: Store): number {
  return endOfText(shownCanvas(trace), engine.status === "ready" ? engine.info.stopIds : []);
}
