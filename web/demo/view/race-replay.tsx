/** All lanes again, forward by forward. Begins by itself when a race has ended. */

import { useEffect, useRef, useState } from "preact/hooks";
import { mostForwards, type Race } from "../state/race.ts";
import type { Dispatch } from "../store.ts";
import { IconButton } from "./icon-button.tsx";

/** Time in which a race is shown again, and of one forward at most, in milliseconds. */
const REPLAY_TIME = 6000;
const FORWARD_TIME = 200;

interface Props {
  readonly race: Race;
  readonly idle: boolean;
  readonly dispatch: Dispatch;
}

export function RaceReplay({ race, idle, dispatch }: Props) {
  const most = mostForwards(race);
  const shown = race.shown ?? most;
  const show = (forwards: number): void => dispatch({ type: "race/show", forwards });
  const { playing, toggle, pause } = usePlayback(race, idle, show);
  return (
    <section class="race-replay" aria-label="Replay">
      <IconButton
        id="race-play"
        label={playing ? "Pause" : "Replay side by side"}
        path={playing ? "M9 6v12M15 6v12" : "M8 5.5v13l10.5-6.5z"}
        disabled={most === 0 || !idle}
        onClick={toggle}
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
          pause();
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

function usePlayback(race: Race, idle: boolean, show: (forwards: number) => void) {
  const most = mostForwards(race);
  const shown = race.shown ?? most;
  const [playing, setPlaying] = useState(false);
  const begin = (): void => {
    if (shown >= most) show(0);
    setPlaying(true);
  };
  useBeginAtTheEnd(race, idle, begin);
  useEffect(() => {
    if (!playing) return;
    if (!idle || shown >= most) return setPlaying(false);
    const timer = setTimeout(() => show(shown + 1), Math.min(FORWARD_TIME, REPLAY_TIME / most));
    return () => clearTimeout(timer);
  }, [playing, shown, most, idle]);
  const pause = (): void => setPlaying(false);
  return { playing, pause, toggle: playing ? pause : begin };
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
