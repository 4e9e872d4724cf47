/** The page: prompt, canvas, timeline, and the figures beside them. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { commandsFor } from "./commands.ts";
import type { Engine } from "./engine.ts";
import { examples } from "./examples.ts";
import { Session } from "./session.ts";
import { initialState } from "./state/state.ts";
import type { OptionChange } from "./state/actions.ts";
import { Store, useStore } from "./store.ts";
import { Announcer } from "./view/announcer.tsx";
import { CanvasView } from "./view/canvas.tsx";
import { Composer } from "./view/composer.tsx";
import { EditBar } from "./view/edit-bar.tsx";
import { Help } from "./view/help.tsx";
import { ProblemNotice, UnsupportedNotice } from "./view/notices.tsx";
import { OptionsPanel } from "./view/options-panel.tsx";
import { Scrubber } from "./view/scrubber.tsx";
import { Rail } from "./view/rail.tsx";
import { StageBar } from "./view/stages.tsx";

/** Masks that "insert" and "add at end" put in until the visitor says otherwise. */
const FIRST_COUNT = 8;

export function App({ engine }: { engine: Engine }) {
  const { store, session } = useMemo(() => {
    const store = new Store(initialState(examples[0].prompt));
    return { store, session: new Session(engine, store) };
  }, [engine]);
  const state = useStore(store);
  const [count, setCount] = useState(FIRST_COUNT);
  const countRef = useRef(count);
  countRef.current = count;
  const commands = useMemo(() => commandsFor(store, session, () => countRef.current), [store, session]);
  const promptRef = useRef<HTMLTextAreaElement>(null);
  useEffect(() => void session.open(), [session]);
  useEscapeStops(session);

  const { dispatch } = store;
  const info = state.engine.status === "ready" ? state.engine.info : null;
  const changeOption = (change: OptionChange): void => {
    dispatch({ type: "option", change });
    // Device and format belong to the loaded model.
    if (change.name === "device" || change.name === "dtype") void session.open();
  };
  const useCpu = (): void => changeOption({ name: "device", value: "cpu" });
  return (
    <main class="page" data-engine={state.engine.status} data-testid="app">
      <div class="column">
        <Composer
          {...{ state, dispatch, promptRef }}
          canChat={info?.hasChatTemplate ?? true}
          onUnmask={() => void session.unmask()}
          onStop={() => session.stop()}
        />
        <OptionsPanel options={state.options} disabled={state.run !== "idle"} onChange={changeOption} />
        <StageBar state={state} />
        {state.engine.status === "unsupported" && (
          <UnsupportedNotice
            capabilities={state.engine.capabilities}
            onCpu={useCpu}
            onRetry={() => void session.open()}
          />
        )}
        {state.problem && (
          <ProblemNotice
            problem={state.problem}
            onRetry={() => void session.retry()}
            onCpu={useCpu}
            onDismiss={() => dispatch({ type: "problem", problem: null })}
          />
        )}
        <CanvasView {...{ state, info, dispatch, commands }} />
        <div class="dock">
          <Scrubber {...{ state, dispatch }} />
          <EditBar {...{ state, commands, count }} onCount={setCount} />
        </div>
      </div>
      <Rail state={state} info={info} />
      <Help />
      <Announcer state={state} />
    </main>
  );
}

/** Escape ends a run from anywhere on the page. */
function useEscapeStops(session: Session): void {
  useEffect(() => {
    const stop = (event: KeyboardEvent): void => {
      if (event.key === "Escape") session.stop();
    };
    addEventListener("keydown", stop);
    return () => removeEventListener("keydown", stop);
  }, [session]);
}
