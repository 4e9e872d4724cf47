/** The canvas: every position drawn, selectable by pointer and keyboard. */

import { useEffect, useRef } from "preact/hooks";
import type { ModelInfo } from "unmask";
import { othersOf } from "../state/inpaint.ts";
import type { Options } from "../state/options.ts";
import { rangeOf } from "../state/selection.ts";
import type { State } from "../state/state.ts";
import { changesLength, comingTexts, keysOf, shownCanvas, type Trace } from "../state/trace.ts";
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
  const breaks = useFrozenLines(root, state.run !== "idle" && !changesLength(trace));
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
  { trace, selection, options, run, inpaint }: State,
  info: ModelInfo | null,
  breaks: ReadonlySet<number> | null,
) {
  const canvas = shownCanvas(trace);
  const keys = keysOf(trace, trace.shown);
  const widths = comingTexts(trace);
  const { grown, reopened } = lastChanges(trace);
  const others = othersOf(inpaint);
  const range = selection ? rangeOf(selection) : NOWHERE;
  const end = canvas.findIndex(({ id }) => id !== null && info?.stopIds.includes(id));
  const open = run === "idle" ? NOWHERE : openBlock(trace.frames[trace.shown - 1]?.block ?? 0, options);
  return canvas.map((position, index) => (
    <Token
      key={keys[index]}
      index={index}
      masked={position.id === null}
      text={position.id === null && widths ? (widths.get(keys[index] ?? -1) ?? "") : position.text}
      confidence={position.confidence}
      others={others?.index === index ? others.said : ""}
      pinned={position.pinned}
      selected={index >= range.start && index < range.end}
      tabStop={index === (selection?.focus ?? 0)}
      ending={end >= 0 && index >= end}
      breakBefore={breaks?.has(index) ?? false}
      open={index >= open.start && index < open.end}
      grown={grown.has(keys[index])}
      reopened={reopened.has(keys[index])}
    />
  ));
}

const UNCHANGED = { grown: new Set<number | undefined>(), reopened: new Set<number | undefined>() };

/** Keys of the positions that the step on show inserted, and of those it masked again. */
function lastChanges(trace: Trace) {
  const frame = trace.frames[trace.shown - 1];
  if (!frame || (frame.spliced.length === 0 && frame.revised.length === 0)) return UNCHANGED;
  const before = keysOf(trace, Math.max(0, trace.shown - 1));
  const known = new Set<number | undefined>(before);
  const reopened = frame.revised.filter(({ id }) => id === null);
  return {
    grown: new Set<number | undefined>(keysOf(trace, trace.shown).filter((key) => !known.has(key))),
    reopened: new Set<number | undefined>(reopened.map(({ position }) => before[position])),
  };
}

const NOWHERE = { start: -1, end: -1 };

/** Blocks of one size are known beforehand; where the model sets their ends they are not drawn. */
function openBlock(block: number, { block: size, structure }: Options): { start: number; end: number } {
  if (!["blocks", "end_of_text"].includes(structure.method)) return NOWHERE;
  return size > 0 ? { start: block * size, end: (block + 1) * size } : { start: 0, end: Infinity };
}

/** Moving the selection by keyboard moves the focus with it, but never takes it from elsewhere. */
function useFocusFollowsSelection(root: { current: HTMLDivElement | null }, focus: number | undefined): void {
  useEffect(() => {
    if (focus === undefined || !root.current?.contains(document.activeElement)) return;
    root.current.querySelector<HTMLElement>(`[data-index="${focus}"]`)?.focus();
  }, [focus]);
}
