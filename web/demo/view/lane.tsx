/** One lane of a race: who runs, the canvas, the counters. */

import { countersOf } from "../state/counters.ts";
import type { Options } from "../state/options.ts";
import { nameOf, racers, YOURS } from "../state/racers.ts";
import { rowsOf, shownTrace, type Lane, type Race } from "../state/race.ts";
import type { Trace } from "../state/trace.ts";
import { Figure } from "./counters.tsx";
import { StillText } from "./still-text.tsx";

interface Props {
  readonly race: Race;
  readonly lane: Lane;
  readonly index: number;
  readonly options: Options;
  readonly stopIds: readonly number[];
  readonly idle: boolean;
  readonly onRacer: (racer: string) => void;
}

export function LaneView({ race, lane, index, options, stopIds, idle, onRacer }: Props) {
  const trace = shownTrace(race, lane);
  const name = nameOf(lane.racer, options);
  return (
    <section class={`lane lane-${index}`} aria-label={`Lane ${index + 1}`} data-testid="lane">
      <label class="racer">
        <span class="visually-hidden">Method of lane {index + 1}</span>
        <select
          data-testid="racer"
          value={lane.racer}
          disabled={!idle}
          onChange={(event) => onRacer(event.currentTarget.value)}
        >
          {[...racers.map(({ id }) => id), YOURS].map((id) => (
            <option key={id} value={id}>
              {nameOf(id, options)}
            </option>
          ))}
        </select>
      </label>
      <LaneCounters trace={trace} name={name} />
      <div class="lane-sheet" data-status={lane.status}>
        <p class={`lead ${trace.lead.mode}`} dir="auto">
          {trace.lead.text}
        </p>
        <StillText trace={trace} stopIds={stopIds} label={`Canvas of ${name}`} />
      </div>
    </section>
  );
}

function LaneCounters({ trace, name }: { trace: Trace; name: string }) {
  const { forwards, tokensPerForward, seconds } = countersOf(trace);
  const shown = (value: string): string => (forwards === 0 ? "–" : value);
  return (
    <dl class="lane-counters" aria-label={`Counters of ${name}`}>
      <Figure id="lane-forwards" label="forwards" value={shown(String(forwards))} />
      <Figure id="lane-pace" label="per forward" value={shown(tokensPerForward.toFixed(2))} />
      <Figure id="lane-seconds" label="seconds" value={shown(seconds.toFixed(2))} />
      <Figure id="lane-rows" label="rows" value={shown(String(rowsOf(trace)))} />
    </dl>
  );
}
