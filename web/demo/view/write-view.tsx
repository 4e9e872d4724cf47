/** Write: prompt, canvas, timeline, and the figures beside them. */

import { useMemo, useRef, useState } from "preact/hooks";
import { commandsFor } from "../commands.ts";
import { CanvasView } from "./canvas.tsx";
import { EditBar } from "./edit-bar.tsx";
import { Help } from "./help.tsx";
import { ModelPanel } from "./model-panel.tsx";
import { OptionsPanel } from "./options-panel.tsx";
import type { PageProps } from "./page-props.ts";
import { PromptForm } from "./prompt-form.tsx";
import { Rail } from "./rail.tsx";
import { Scrubber } from "./scrubber.tsx";
import { contentsOf, ShareBar } from "./share-bar.tsx";
import { StageBar } from "./stages.tsx";

/** Masks that "insert" and "add at end" put in until the visitor says otherwise. */
const FIRST_COUNT = 8;

export function WriteView(page: PageProps) {
  const { state, store, session, info, onOption, onModel, notices } = page;
  const [count, setCount] = useState(FIRST_COUNT);
  const countRef = useRef(count);
  countRef.current = count;
  const commands = useMemo(() => commandsFor(store, session, () => countRef.current), [store, session]);
  const { dispatch } = store;
  const idle = state.run === "idle";
  return (
    <>
      <div class="column">
        <PromptForm {...page} action="Unmask" onSend={() => void session.unmask()} />
        <OptionsPanel options={state.options} disabled={!idle} onChange={onOption} />
        <ModelPanel model={state.model} disabled={!idle} onModel={onModel} />
        <StageBar state={state} />
        {notices}
        <CanvasView {...{ state, info, dispatch, commands }} />
        <div class="dock">
          <Scrubber trace={state.trace} idle={idle} onScrub={(shown) => dispatch({ type: "scrub", shown })} />
          <EditBar {...{ state, commands, count }} onCount={setCount} />
        </div>
        <ShareBar store={store} contents={contentsOf(page)} trace={state.trace} />
      </div>
      <Rail state={state} info={info} />
      <Help />
    </>
  );
}
