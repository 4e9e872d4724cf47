/** Says aloud what sighted visitors see happen: stages, quarters of a run, its end. Errors speak for themselves. */

import { countersOf } from "../state/counters.ts";
import type { State } from "../state/state.ts";
import { stageOf } from "./stages.tsx";

export function Announcer({ state }: { state: State }) {
  return (
    <p class="visually-hidden" role="status" aria-live="polite" data-testid="announcer">
      {announcement(state)}
    </p>
  );
}

/** Changes only when there is something to say: a screen reader reads every change. */
export function announcement(state: State): string {
  const { engine, run, trace } = state;
  if (engine.status === "loading") return `Loading the model: ${stageOf(state).stage}.`;
  if (engine.status !== "ready") return "";
  if (run !== "idle") return `Denoising, ${Math.floor((stageOf(state).share ?? 0) * 4) * 25} percent.`;
  if (trace.frames.length === 0) return "Ready.";
  const { committed, forwards } = countersOf({ ...trace, shown: trace.frames.length });
  const left = trace.frames.at(-1)?.masksLeft ?? 0;
  return `${left > 0 ? `Stopped, ${left} masks left` : "Finished"}: ${committed} tokens in ${forwards} forwards.`;
}
