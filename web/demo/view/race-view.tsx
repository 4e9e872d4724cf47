/** Race: the same prompt in two or three lanes, their counters, and how the masks went down. */

import { exportRace } from "../state/export.ts";
import { nameOf } from "../state/racers.ts";
import { descent, isWaiting, racersOf, type Race } from "../state/race.ts";
import { counted } from "../state/words.ts";
import { Chart } from "./chart.tsx";
import { LaneView } from "./lane.tsx";
import { LineUp } from "./line-up.tsx";
import type { PageProps } from "./page-props.ts";
import { PromptForm } from "./prompt-form.tsx";
import { RaceReplay } from "./race-replay.tsx";
import { ShareBar } from "./share-bar.tsx";
import { verdictText } from "./verdict.ts";

export function RaceView(page: PageProps) {
  const { state, store, session, info, notices } = page;
  const { race, options } = state;
  const { dispatch } = store;
  const idle = state.run === "idle";
  const names = racersOf(race).map((racer) => nameOf(racer, options));
  return (
    <div class="wide">
      <PromptForm {...page} action="Race" onSend={() => void session.race()} />
      <LineUp state={state} dispatch={dispatch} />
      {notices}
      <div class="lanes" data-testid="lanes">
        {race.lanes.map((lane, index) => (
          <LaneView
            key={index}
            {...{ race, lane, index, options, idle }}
            stopIds={info?.stopIds ?? []}
            onRacer={(racer) => dispatch({ type: "race/line-up", racers: racersOf(race).with(index, racer) })}
          />
        ))}
      </div>
      <p class="verdict" role="status" data-testid="verdict">
        {verdictText(race, names)}
      </p>
      <RaceReplay {...{ race, idle, dispatch }} />
      <Descent race={race} names={names} />
      <ShareBar store={store} contents={isWaiting(race) ? null : () => exportRace(race, options, info)} />
    </div>
  );
}

function Descent({ race, names }: { race: Race; names: readonly string[] }) {
  const totals = race.lanes.map(
    ({ trace }, lane) => `${names[lane]}: ${counted(trace.frames.at(-1)?.forwards ?? 0, "forward")}`,
  );
  return (
    <Chart
      series={race.lanes.map(({ trace }, lane) => ({ name: names[lane] ?? "", points: descent(trace) }))}
      xLabel="forwards"
      yLabel="masks left"
      at={race.shown}
      stepped
      summary={`Masks left against forwards. ${totals.join(". ")}.`}
    />
  );
}
