/** The timeline: one bar a step, as high as the tokens it committed; any step can be shown again. */

import { useEffect, useState } from "preact/hooks";
import type { Trace } from "../state/trace.ts";
import { IconButton } from "./icon-button.tsx";

/** Time a step is shown while replaying, in milliseconds. */
const STEP_TIME = 160;

interface Props {
  readonly trace: Trace;
  /** Whether nothing runs: a run shows its own newest step. */
  readonly idle: boolean;
  /** Asks to show the canvas after so many frames. */
  readonly onScrub: (shown: number) => void;
}

export function Scrubber({ trace, idle, onScrub }: Props) {
  const { shown } = trace;
  const last = trace.frames.length;
  const [playing, setPlaying] = useState(false);
  usePlayback(playing, trace, onScrub, () => setPlaying(false));
  const scrub = (to: number): void => {
    setPlaying(false);
    onScrub(to);
  };
  const toggle = (): void => {
    if (!playing && shown === last) onScrub(0);
    setPlaying(!playing);
  };
  return (
    <section class="scrubber" aria-label="Replay" data-testid="scrubber">
      <Transport {...{ shown, last, playing, scrub, toggle }} canPlay={last > 0 && idle} />
      <div class="timeline" style={{ "--at": last === 0 ? 0 : shown / last, "--steps": Math.max(1, last) }}>
        <Bars trace={trace} />
        <input
          type="range"
          min={0}
          max={last}
          value={shown}
          disabled={last === 0}
          aria-label="Step"
          aria-valuetext={`Step ${shown} of ${last}`}
          data-testid="scrub"
          onInput={(event) => scrub(event.currentTarget.valueAsNumber)}
        />
      </div>
      <output class="step" data-testid="step">
        {shown}
        <span> / {last}</span>
      </output>
    </section>
  );
}

interface TransportProps {
  readonly shown: number;
  readonly last: number;
  readonly playing: boolean;
  readonly canPlay: boolean;
  readonly scrub: (to: number) => void;
  readonly toggle: () => void;
}

function Transport({ shown, last, playing, canPlay, scrub, toggle }: TransportProps) {
  return (
    <div class="transport">
      <IconButton
        id="step-back"
        label="One step back"
        path="M14 5 7 12l7 7"
        disabled={shown === 0}
        onClick={() => scrub(shown - 1)}
      />
      <IconButton
        id="play"
        label={playing ? "Pause" : "Replay"}
        path={playing ? "M9 6v12M15 6v12" : "M8 5.5v13l10.5-6.5z"}
        disabled={!canPlay}
        onClick={toggle}
      />
      <IconButton
        id="step-on"
        label="One step on"
        path="m10 5 7 7-7 7"
        disabled={shown === last}
        onClick={() => scrub(shown + 1)}
      />
    </div>
  );
}

/** Height of the drawing in its own units; the width is one unit a step. */
const HEIGHT = 28;

function Bars({ trace: { frames, shown } }: { trace: Trace }) {
  const most = Math.max(1, ...frames.map((frame) => frame.committed.length));
  const bar = (from: number, to: number): string =>
    frames
      .slice(from, to)
      .map(
        ({ committed }, index) =>
          `M${from + index + 0.5} ${HEIGHT}v${-Math.max(1.5, (committed.length / most) * HEIGHT)}`,
      )
      .join("");
  return (
    <svg
      viewBox={`0 0 ${Math.max(1, frames.length)} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path class="ahead" d={bar(shown, frames.length)} />
      <path class="behind" d={bar(0, shown)} />
    </svg>
  );
}

function usePlayback(
  playing: boolean,
  { shown, frames }: Trace,
  onScrub: (shown: number) => void,
  onEnd: () => void,
): void {
  const last = frames.length;
  useEffect(() => {
    if (!playing) return;
    if (shown >= last) return onEnd();
    const timer = setTimeout(() => onScrub(shown + 1), STEP_TIME);
    return () => clearTimeout(timer);
  }, [playing, shown, last]);
}
