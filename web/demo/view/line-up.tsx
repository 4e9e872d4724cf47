/** Who runs against whom, in one click; and a third lane or none. */

import { LANES, racers, races, YOURS } from "../state/racers.ts";
import { racersOf } from "../state/race.ts";
import type { State } from "../state/state.ts";
import type { Dispatch } from "../store.ts";

export function LineUp({ state: { race, run }, dispatch }: { state: State; dispatch: Dispatch }) {
  const now = racersOf(race);
  const idle = run === "idle";
  const lineUp = (racers: readonly string[]): void => dispatch({ type: "race/line-up", racers });
  return (
    <div class="line-up" role="group" aria-label="Who races">
      {races.map(({ label, racers }) => (
        <button
          key={label}
          type="button"
          class="chip"
          data-testid="race-preset"
          aria-pressed={racers.join() === now.join()}
          disabled={!idle}
          onClick={() => lineUp(racers)}
        >
          {label}
        </button>
      ))}
      <LaneCount now={now} idle={idle} lineUp={lineUp} />
    </div>
  );
}

interface LaneCountProps {
  readonly now: readonly string[];
  readonly idle: boolean;
  readonly lineUp: (racers: readonly string[]) => void;
}

function LaneCount({ now, idle, lineUp }: LaneCountProps) {
  const room = now.length < LANES.most;
  const other = racers.find(({ id }) => !now.includes(id))?.id ?? YOURS;
  return (
    <button
      type="button"
      class="action"
      data-testid={room ? "add-lane" : "drop-lane"}
      disabled={!idle}
      onClick={() => lineUp(room ? [...now, other] : now.slice(0, -1))}
    >
      {room ? "Add a lane" : "Drop a lane"}
    </button>
  );
}
