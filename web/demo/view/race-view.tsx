/** Race: the same prompt in two or three lanes, their counters, and how the masks went down. */

import { useEffect, useRef, useState } from "preact/hooks";
import { LANES, nameOf, racers, races, YOURS } from "../state/racers.ts";
import { descent, mostForwards, racersOf, type Race } from "../state/race.ts";
import type { State } from "../state/state.ts";
import type { Dispatch } from "../store.ts";
import { Chart } from "./chart.tsx";
import { IconButton } from "./icon-button.tsx";
import { LaneView } from "./lane.tsx";
import type { PageProps } from "./page-props.ts";
import { PromptForm } from "./prompt-form.tsx";
import { ShareBar } from "./share-bar.tsx";
import { verdictText } from "./verdict.ts";

/** Time in which a race is shown again, and of one forward at most, in milliseconds. */
const REPLAY_TIME = 6000;
const FORWARD_TIME = 200;

export function RaceView(page: PageProps) {
  const { state, store, session, info, notices } = page;
  const { race, options } = state;
  const idle = state.run === "idle";
  const names = racersOf(race).map((racer) => nameOf(racer, options));
  const verdict = verdictText(race, names);
  return (
    <div class="wide">
      <PromptForm {...page} action="Race" onSend={() => void session.race()} />
      <LineUp state={state} dispatch={store.dispatch} />
      {notices}
      <div class="lanes" data-lanes={race.lanes.length} data-testid="lanes" data-run={state.run}>
        {race.lanes.map((lane, index) => (
          <LaneView
            key={index}
            {...{ race, lane, index, options }}
            stopIds={info?.stopIds ?? []}
            idle={idle}
            onRacer={(racer) =>
              store.dispatch({ type: "race/line-up", racers: racersOf(race).with(index, racer) })
            }
          />
        ))}
      </div>
      <p class="verdict" role="status" data-testid="verdict">
        {verdict}
      </p>
      <Replay race={race} idle={idle} dispatch={store.dispatch} />
      <Chart
        series={race.lanes.map(({ trace }, lane) => ({ name: names[lane] ?? "", points: descent(trace) }))}
        xLabel="forwards"
        yLabel="masks left"
        at={race.shown}
        stepped
        summary={`Masks left against forwards. ${race.lanes.map(({ trace }, lane) => `${names[lane]}: ${trace.frames.at(-1)?.forwards ?? 0} forwards`).join(". ")}.`}
      />
      <ShareBar {...page} trace={race.lanes[0]?.trace ?? null} />
    </div>
  );
}

/** Who runs against whom, in one click; and a third lane or none. */
function LineUp({ state: { race, run }, dispatch }: { state: State; dispatch: Dispatch }) {
  const now = racersOf(race);
  const lineUp = (racers: readonly string[]): void => dispatch({ type: "race/line-up", racers });
  const others = [...racers.map(({ id }) => id), YOURS].filter((id) => !now.includes(id));
  return (
    <div class="line-up" role="group" aria-label="Who races">
      {races.map(({ label, racers }) => (
        <button
          key={label}
          type="button"
          class="chip"
          data-testid="race-preset"
          aria-pressed={racers.join() === now.join()}
          disabled={run !== "idle"}
          onClick={() => lineUp(racers)}
        >
          {label}
        </button>
      ))}
      {now.length < LANES.most ? (
        <button
          type="button"
          class="action"
          data-testid="add-lane"
          disabled={run !== "idle"}
          onClick={() => lineUp([...now, others[0] ?? YOURS])}
        >
          Add a lane
        </button>
      ) : (
        <button
          type="button"
          class="action"
          data-testid="drop-lane"
          disabled={run !== "idle"}
          onClick={() => lineUp(now.slice(0, -1))}
        >
          Drop a lane
        </button>
      )}
    </div>
  );
}

/** All lanes again, forward by forward. Begins by itself when a race has ended. */
function Replay({ race, idle, dispatch }: { race: Race; idle: boolean; dispatch: Dispatch }) {
  const most = mostForwards(race);
  const shown = race.shown ?? most;
  const [playing, setPlaying] = useState(false);
  const show = (forwards: number | null): void => dispatch({ type: "race/show", forwards });
  const begin = (): void => {
    show(0);
    setPlaying(true);
  };
  useBeginAtTheEnd(race, idle, begin);
  useEffect(() => {
    if (!playing) return;
    if (!idle || shown >= most) return setPlaying(false);
    const timer = setTimeout(() => show(shown + 1), Math.min(FORWARD_TIME, REPLAY_TIME / most));
    return () => clearTimeout(timer);
  }, [playing, shown, most, idle]);
  return (
    <section class="race-replay" aria-label="Replay">
      <IconButton
        id="race-play"
        label={playing ? "Pause" : "Replay side by side"}
        path={playing ? "M9 6v12M15 6v12" : "M8 5.5v13l10.5-6.5z"}
        disabled={most === 0 || !idle}
        onClick={() => (playing ? setPlaying(false) : shown >= most ? begin() : setPlaying(true))}
      />
      <input
        type="range"
        min={0}
        max={most}
        value={shown}
        disabled={most === 0 || !idle}
        aria-label="Forwards"
        aria-valuetext={`After ${shown} of ${most} forwards`}
        data-testid="race-scrub"
        onInput={(event) => {
          setPlaying(false);
          show(event.currentTarget.valueAsNumber);
        }}
      />
      <output class="step">
        {shown}
        <span> / {most}</span>
      </output>
    </section>
  );
}

/** The lanes ran one after the other; side by side is how they are compared. Not where motion is unwelcome. */
function useBeginAtTheEnd(race: Race, idle: boolean, begin: () => void): void {
  const ran = useRef(false);
  useEffect(() => {
    const ended = ran.current && idle && race.lanes.every(({ status }) => status === "finished");
    ran.current = !idle;
    if (ended && !matchMedia("(prefers-reduced-motion: reduce)").matches) begin();
  }, [idle]);
}
