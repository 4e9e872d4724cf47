/** The page: the tabs, and the view that the address names. */

import type { FunctionComponent } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { followAddress } from "./address.ts";
import type { Engine } from "./engine.ts";
import { examples } from "./examples.ts";
import { Session } from "./session.ts";
import type { ModelChoice } from "./state/model.ts";
import type { OptionChange } from "./state/actions.ts";
import { initialState, type State } from "./state/state.ts";
import type { View } from "./state/view.ts";
import { Store, useStore } from "./store.ts";
import { Announcer } from "./view/announcer.tsx";
import { GrowView } from "./view/grow-view.tsx";
import { InpaintView } from "./view/inpaint-view.tsx";
import { InsideView } from "./view/inside-view.tsx";
import { Masthead } from "./view/masthead.tsx";
import { ProblemNotice, UnsupportedNotice } from "./view/notices.tsx";
import type { PageProps } from "./view/page-props.ts";
import { RaceView } from "./view/race-view.tsx";
import { StageBar } from "./view/stages.tsx";
import { SudokuView } from "./view/sudoku-view.tsx";
import { WriteView } from "./view/write-view.tsx";

const components: Readonly<Record<View, FunctionComponent<PageProps>>> = {
  write: WriteView,
  inpaint: InpaintView,
  grow: GrowView,
  race: RaceView,
  sudoku: SudokuView,
  inside: InsideView,
};

export function App({ engine }: { engine: Engine }) {
  const { store, session } = useMemo(() => {
    const store = new Store(initialState(examples[0].prompt));
    return { store, session: new Session(engine, store) };
  }, [engine]);
  const state = useStore(store);
  useEffect(() => followAddress(store), [store]);
  useEffect(() => void session.open(), [session]);
  useEscapeStops(session);

  const onOption = (change: OptionChange): void => {
    store.dispatch({ type: "option", change });
    // Device and format belong to the loaded model.
    if (change.name === "device" || change.name === "dtype") void session.open();
  };
  const onModel = (model: ModelChoice): void => {
    store.dispatch({ type: "model", model });
    void session.open();
  };
  const info = state.engine.status === "ready" ? state.engine.info : null;
  const notices = <Notices {...{ state, store, session, onOption }} />;
  const View = components[state.view];
  return (
    <>
      <Masthead view={state.view} />
      <main>
        <div
          class="page"
          id="view"
          role="tabpanel"
          aria-labelledby={`tab-${state.view}`}
          data-engine={state.engine.status}
          data-testid="app"
        >
          <View {...{ state, store, session, info, onOption, onModel, notices }} />
          <Announcer state={state} />
        </div>
      </main>
    </>
  );
}

/** What stands in the way: loading, where the view does not show it, no WebGPU, an error. */
function Notices({ state, store, session, onOption }: Omit<PageProps, "info" | "notices" | "onModel">) {
  const useCpu = (): void => onOption({ name: "device", value: "cpu" });
  return (
    <>
      {showsLoading(state) && <StageBar state={state} />}
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
          onDismiss={() => store.dispatch({ type: "problem", problem: null })}
        />
      )}
    </>
  );
}

/** "Write" has the stages always; elsewhere they are of interest until the model is there. */
function showsLoading({ view, engine }: State): boolean {
  return view !== "write" && (engine.status === "loading" || engine.status === "probing");
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
