/** Other words for the selection, each with a bar of how likely it is. One of them can be kept. */

import { textOf, type Alternative, type Inpaint } from "../state/inpaint.ts";
import { rangeOf } from "../state/selection.ts";
import type { State } from "../state/state.ts";

interface Props {
  readonly state: State;
  readonly onAsk: () => void;
  readonly onKeep: (index: number) => void;
}

export function Alternatives({ state, onAsk, onKeep }: Props) {
  const { inpaint, selection, run, engine } = state;
  const ready = run === "idle" && engine.status === "ready" && selection !== null;
  return (
    <section class="alternatives" aria-label="Alternatives" data-testid="alternatives">
      <div class="alternatives-head">
        <button type="button" class="primary" data-testid="ask" disabled={!ready} onClick={onAsk}>
          See alternatives
        </button>
        <p class="aside" role="status" data-testid="asked">
          {saidOf(state)}
        </p>
      </div>
      {inpaint !== null && (
        <ol>
          {inpaint.alternatives.map((alternative, index) => (
            <Choice
              key={textOf(alternative.positions)}
              {...{ alternative, inpaint }}
              disabled={run !== "idle"}
              onKeep={() => onKeep(index)}
            />
          ))}
        </ol>
      )}
    </section>
  );
}

interface ChoiceProps {
  readonly alternative: Alternative;
  readonly inpaint: Inpaint;
  readonly disabled: boolean;
  readonly onKeep: () => void;
}

function Choice({ alternative: { positions, share }, inpaint, disabled, onKeep }: ChoiceProps) {
  const text = textOf(positions);
  const { canvas, range } = inpaint;
  const present = textOf(canvas.slice(range.start, range.end)) === text;
  return (
    <li class={present ? "present" : ""}>
      <button type="button" data-testid="keep" disabled={disabled} onClick={onKeep}>
        <span class="alternative-text">{text.trim() === "" ? "blank" : text.trim()}</span>
        <span class="share" style={{ "--share": share.toFixed(3) }} aria-hidden="true" />
        <span class="figure-text">
          {percent(share)}
          {present && <span class="visually-hidden">, as it is now</span>}
        </span>
      </button>
    </li>
  );
}

function saidOf({ inpaint, selection, run }: State): string {
  if (run !== "idle" && inpaint !== null) return "Looking…";
  if (selection === null) return "Select a word or a few in the text.";
  const { start, end } = rangeOf(selection);
  if (inpaint === null || inpaint.range.start !== start || inpaint.range.end !== end) {
    return end - start === 1 ? "The likeliest tokens for this place." : "Several drafts for this part.";
  }
  return "Keep one, or select another part.";
}

function percent(share: number): string {
  return share < 0.01 ? "< 1 %" : `${Math.round(share * 100)} %`;
}
