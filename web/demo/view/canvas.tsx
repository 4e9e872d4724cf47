/** The canvas: every position drawn, selectable by pointer and keyboard. */

import { useEffect, useRef } from "preact/hooks";
import type { ModelInfo } from "unmask";
import { rangeOf } from "../state/selection.ts";
import type { State } from "../state/state.ts";
import { replay, shownCanvas } from "../state/trace.ts";
import type { Dispatch } from "../store.ts";
import { canvasKeys, type CanvasCommands } from "./canvas-keys.ts";
import { canvasPointer } from "./canvas-pointer.ts";
import { useFrozenLines } from "./frozen-lines.ts";
import { Token } from "./token.tsx";

interface Props {
  readonly state: State;
  readonly info: ModelInfo | null;
  readonly dispatch: Dispatch;
  readonly commands: CanvasCommands;
}

/** From here on words appear without the blur, which costs a filter each. */
const MANY = 256;

export function CanvasView({ state, info, dispatch, commands }: Props) {
  const root = useRef<HTMLDivElement>(null);
  useFocusFollowsSelection(root, state.selection?.focus);
  const { trace } = state;
  const breaks = useFrozenLines(root, state.run !== "idle");
  return (
    <div class="sheet" data-run={state.run} data-testid="canvas-sheet">
      <p class={`lead ${trace.lead.mode}`} data-testid="lead" dir="auto">
        {trace.lead.text}
      </p>
      <div
        ref={root}
        class={["canvas", !breaks && "typeset", trace.base.length > MANY && "many"].filter(Boolean).join(" ")}
        role="listbox"
        aria-label="Canvas"
        aria-multiselectable="true"
        aria-description="Arrow keys move, shift selects. M masks, R rewrites, F fills, P pins, I inserts masks."
        dir="auto"
        data-testid="canvas"
        {...canvasPointer(dispatch)}
        onKeyDown={(event) => canvasKeys(event, state.selection, commands)}
      >
        {tokens(state, info, breaks)}
      </div>
    </div>
  );
}

function tokens(
  { trace, selection, options, run }: State,
  info: ModelInfo | null,
  breaks: ReadonlySet<number> | null,
) {
  const canvas = shownCanvas(trace);
  // A block keeps the width of the text that will stand there, so that scrubbing moves nothing.
  const newest = trace.shown === trace.frames.length ? canvas : replay(trace, trace.frames.length);
  const range = selection ? rangeOf(selection) : { start: -1, end: -1 };
  const end = canvas.findIndex(({ id }) => id !== null && info?.stopIds.includes(id));
  const open =
    run === "idle"
      ? { start: -1, end: -1 }
      : openBlock(trace.frames[trace.shown - 1]?.block ?? 0, options.block);
  return canvas.map((position, index) => (
    <Token
      key={index}
      index={index}
      masked={position.id === null}
      text={position.id === null ? (newest[index]?.text ?? "") : position.text}
      confidence={position.confidence}
      pinned={position.pinned}
      selected={index >= range.start && index < range.end}
      tabStop={index === (selection?.focus ?? 0)}
      ending={end >= 0 && index >= end}
      breakBefore={breaks?.has(index) ?? false}
      open={index >= open.start && index < open.end}
    />
  ));
}

function openBlock(block: number, size: number): { start: number; end: number } {
  return size > 0 ? { start: block * size, end: (block + 1) * size } : { start: 0, end: Infinity };
}

/** Moving the selection by keyboard moves the focus with it, but never takes it from elsewhere. */
function useFocusFollowsSelection(root: { current: HTMLDivElement | null }, focus: number | undefined): void {
  useEffect(() => {
    if (focus === undefined || !root.current?.contains(document.activeElement)) return;
    root.current.querySelector<HTMLElement>(`[data-index="${focus}"]`)?.focus();
  }, [focus]);
}
