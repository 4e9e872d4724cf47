/** What can be done with the selection and with the masks. Always there, so that nothing moves when it applies. */

import { useState } from "preact/hooks";
import { countMasks } from "../state/canvas.ts";
import { rangeOf } from "../state/selection.ts";
import type { State } from "../state/state.ts";
import { shownCanvas } from "../state/trace.ts";
import type { CanvasCommands } from "./canvas-keys.ts";

interface Props {
  readonly state: State;
  readonly commands: CanvasCommands;
  /** Masks that "insert" and "add" put in. */
  readonly count: number;
  readonly onCount: (count: number) => void;
}

export function EditBar({ state, commands, count, onCount }: Props) {
  const canvas = shownCanvas(state.trace);
  const idle = state.run === "idle";
  const ready = idle && state.engine.status === "ready";
  const selected = state.selection ? canvas.slice(...ends(state)) : [];
  const some = idle && selected.length > 0;
  const tokens = some && selected.some(({ id }) => id !== null);
  const allPinned = tokens && selected.every(({ id, pinned }) => id === null || pinned);
  const maskCount = countMasks(canvas);
  return (
    <div class="edit-bar" role="toolbar" aria-label="Edit the canvas" data-testid="edit-bar">
      <span class="group">
        <Action id="rewrite" label="Rewrite" keys="r" enabled={ready && some} run={commands.rewrite} />
        <Action id="mask" label="Mask" keys="m" enabled={tokens} run={commands.mask} />
        <Action id="pin" label={allPinned ? "Unpin" : "Pin"} keys="p" enabled={tokens} run={commands.pin} />
      </span>
      <span class="group lengthening">
        <CountField count={count} onCount={onCount} />
        <Action id="insert" label="Insert" keys="i" enabled={some} run={commands.insert} />
        <Action id="lengthen" label="Add at end" keys="+" enabled={idle} run={commands.lengthen} />
      </span>
      <span class="group">
        <Action
          id="undo"
          label="Undo"
          keys="Control+z"
          enabled={idle && state.past.length > 0}
          run={commands.undo}
        />
        <Action
          id="fill"
          label={maskCount > 0 ? `Fill ${maskCount}` : "Fill"}
          keys="f"
          enabled={ready && maskCount > 0}
          run={commands.fill}
        />
      </span>
    </div>
  );
}

function ends({ selection }: State): [number, number] {
  const { start, end } = selection ? rangeOf(selection) : { start: 0, end: 0 };
  return [start, end];
}

interface ActionProps {
  readonly id: string;
  readonly label: string;
  readonly keys: string;
  readonly enabled: boolean;
  readonly run: () => void;
}

function Action({ id, label, keys, enabled, run }: ActionProps) {
  return (
    <button
      type="button"
      class={`action ${id}`}
      data-testid={id}
      aria-keyshortcuts={keys}
      disabled={!enabled}
      onClick={run}
    >
      {label}
    </button>
  );
}

/** Keeps what is being typed as it is; a number in range counts at once. */
function CountField({ count, onCount }: Pick<Props, "count" | "onCount">) {
  const [draft, setDraft] = useState(String(count));
  return (
    <label class="count">
      <input
        type="number"
        min={1}
        max={256}
        value={draft}
        data-testid="insert-count"
        onInput={(event) => {
          const value = event.currentTarget.valueAsNumber;
          setDraft(event.currentTarget.value);
          if (value >= 1 && value <= 256) onCount(Math.round(value));
        }}
        onBlur={() => setDraft(String(count))}
      />
      <span>masks</span>
    </label>
  );
}
