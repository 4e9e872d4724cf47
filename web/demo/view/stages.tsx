/** The stages from opening the page to a filled canvas, and how far the present one is. */

import { countMasks } from "../state/canvas.ts";
import type { State } from "../state/state.ts";
import { shownCanvas } from "../state/trace.ts";

const stages = ["probe", "download", "upload", "compile", "denoise"] as const;
type Stage = (typeof stages)[number];

/** The stage under way and its share done, 0 to 1; `null` share when it cannot be known. */
export interface StageProgress {
  readonly stage: Stage;
  readonly share: number | null;
  readonly detail: string;
}

export function stageOf(state: State): StageProgress {
  const { engine } = state;
  if (engine.status === "loading") {
    const { stage, loaded, total } = engine.progress;
    const detail =
      stage === "download" && total > 0
        ? `${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`
        : "";
    return { stage: stage === "ready" ? "compile" : stage, share: total > 0 ? loaded / total : null, detail };
  }
  if (engine.status !== "ready")
    return { stage: "probe", share: engine.status === "probing" ? null : 0, detail: "" };
  return denoising(state);
}

function denoising({ trace, run }: State): StageProgress {
  const toFill = countMasks(trace.base);
  const left = trace.frames.at(-1)?.masksLeft ?? toFill;
  if (run === "idle" && trace.frames.length === 0) return { stage: "denoise", share: 0, detail: "ready" };
  const done = Math.max(0, toFill - left);
  const shownLeft = countMasks(shownCanvas(trace));
  return {
    stage: "denoise",
    share: toFill > 0 ? done / toFill : 1,
    detail: run === "idle" ? "" : `${shownLeft} masks left`,
  };
}

export function StageBar({ state }: { state: State }) {
  const now = stageOf(state);
  const at = stages.indexOf(now.stage);
  return (
    <ol class="stages" aria-label="Stages" data-testid="stages" data-stage={now.stage}>
      {stages.map((stage, index) => (
        <li
          key={stage}
          class={index < at ? "done" : index === at ? "now" : "later"}
          aria-current={index === at ? "step" : undefined}
          data-testid={`stage-${stage}`}
        >
          <span class="stage-name">{stage}</span>
          {index === at && now.detail !== "" && <span class="stage-detail">{now.detail}</span>}
          <Bar share={index < at ? 1 : index === at ? now.share : 0} label={stage} />
        </li>
      ))}
    </ol>
  );
}

function Bar({ share, label }: { share: number | null; label: string }) {
  return (
    <span
      class={share === null ? "bar unknown" : "bar"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.round(share * 100)}
      style={{ "--share": share ?? 0 }}
    />
  );
}
