/** Sudoku: the visitor sets givens, the model fills the rest in whatever order it is sure of. */

import { exportTrace } from "../state/export.ts";
import { cellsOf, isPuzzle, remarkOn, solvingOptions, type Pace, type Sudoku } from "../state/sudoku.ts";
import type { State } from "../state/state.ts";
import type { Dispatch } from "../store.ts";
import { CountersView } from "./counters.tsx";
import { ConfidenceScale } from "./legend.tsx";
import type { PageProps } from "./page-props.ts";
import { RunButton } from "./run-button.tsx";
import { Scrubber } from "./scrubber.tsx";
import { ShareBar } from "./share-bar.tsx";
import { SudokuGrid } from "./sudoku-grid.tsx";

/** A puzzle's seed is drawn from so many. */
const SEEDS = 1_000_000;

export function SudokuView(page: PageProps) {
  const { state, store, notices } = page;
  const { trace } = state.sudoku;
  return (
    <>
      <div class="column">
        {notices}
        <PuzzleForm {...page} />
        {trace && (
          <Scrubber
            trace={trace}
            idle={state.run === "idle"}
            onScrub={(shown) => store.dispatch({ type: "sudoku/scrub", shown })}
          />
        )}
        <ShareBar store={store} contents={contentsOf(page)} />
      </div>
      <aside class="rail" aria-label="Figures">
        <CountersView trace={trace ?? NOTHING_RUN} />
        <figure class="legend" aria-label="Legend">
          <ConfidenceScale />
        </figure>
      </aside>
    </>
  );
}

function PuzzleForm({ state, store, session }: PageProps) {
  const { sudoku } = state;
  const { dispatch } = store;
  const idle = state.run === "idle";
  return (
    <form
      class="puzzle"
      onSubmit={(event) => {
        event.preventDefault();
        void session.solve();
      }}
    >
      <SudokuGrid cells={cellsOf(sudoku)} idle={idle} dispatch={dispatch} />
      <div class="puzzle-side">
        <h2>Four rows, four columns, four boxes</h2>
        <p>
          Each holds 1, 2, 3 and 4 once. Type over any cell, or let the model fill the open ones: it sets them
          in the order in which it is sure of them, which the small numbers tell.
        </p>
        <RemarkLine sudoku={sudoku} />
        <PaceSwitch {...{ sudoku, idle, dispatch }} />
        <div class="puzzle-actions">
          <RunButton state={state} label="Solve" disabled={!isPuzzle(sudoku)} onStop={() => session.stop()} />
          <PuzzleButtons state={state} dispatch={dispatch} />
        </div>
      </div>
    </form>
  );
}

function RemarkLine({ sudoku }: { sudoku: Sudoku }) {
  const { kind, text } = remarkOn(sudoku);
  return (
    <p class={`remark ${kind}`} role="status" data-testid="remark">
      {text}
    </p>
  );
}

function contentsOf({ state: { sudoku, options }, info }: PageProps): (() => string) | null {
  const { trace, pace } = sudoku;
  if (trace === null || trace.frames.length === 0) return null;
  return () => exportTrace(trace, solvingOptions(options, pace), info);
}

const NOTHING_RUN = { base: [], frames: [], shown: 0, lead: { mode: "chat", text: "" } } as const;

function PuzzleButtons({ state, dispatch }: { state: State; dispatch: Dispatch }) {
  const disabled = state.run !== "idle";
  const another = (): number => (state.sudoku.seed + 1) % SEEDS;
  return (
    <>
      <button
        type="button"
        class="action"
        data-testid="new-puzzle"
        disabled={disabled}
        onClick={() => dispatch({ type: "sudoku/puzzle", seed: another() })}
      >
        New puzzle
      </button>
      <button
        type="button"
        class="action"
        data-testid="clear-puzzle"
        disabled={disabled}
        onClick={() => dispatch({ type: "sudoku/clear" })}
      >
        Empty
      </button>
    </>
  );
}

const paces: readonly { readonly pace: Pace; readonly label: string }[] = [
  { pace: "one", label: "Surest cell a step" },
  { pace: "sure", label: "All that are 90 % sure" },
];

function PaceSwitch({ sudoku, idle, dispatch }: { sudoku: Sudoku; idle: boolean; dispatch: Dispatch }) {
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">Cells of a step</legend>
      {paces.map(({ pace, label }) => (
        <label key={pace}>
          <input
            type="radio"
            name="pace"
            data-testid={`pace-${pace}`}
            checked={sudoku.pace === pace}
            disabled={!idle}
            onChange={() => dispatch({ type: "sudoku/pace", pace })}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
