/** Inpaint: any part of the text seen otherwise, and one of the alternatives kept. */

import { useMemo } from "preact/hooks";
import { commandsFor } from "../commands.ts";
import { rangeOf } from "../state/selection.ts";
import { Alternatives } from "./alternatives.tsx";
import { CanvasView } from "./canvas.tsx";
import type { PageProps } from "./page-props.ts";
import { PromptForm } from "./prompt-form.tsx";
import { contentsOf, ShareBar } from "./share-bar.tsx";

/** Masks that the key for "insert" puts in. */
const INSERTED = 2;

export function InpaintView(page: PageProps) {
  const { state, store, session, info, notices } = page;
  const { dispatch } = store;
  const commands = useMemo(() => commandsFor(store, session, () => INSERTED), [store, session]);
  const ask = (): void => {
    if (state.selection !== null) void session.alternatives(rangeOf(state.selection));
  };
  return (
    <div class="wide inpaint">
      <PromptForm {...page} action="Unmask" onSend={() => void session.unmask()} />
      {notices}
      <CanvasView {...{ state, info, dispatch, commands }} />
      <Alternatives state={state} onAsk={ask} onKeep={(index) => dispatch({ type: "inpaint/keep", index })} />
      <ShareBar store={store} contents={contentsOf(page)} trace={state.trace} />
    </div>
  );
}
