/** The keyboard on the canvas: arrows move, shift extends, letters act. The list below is also the page's help. */

import type { Selection } from "../state/selection.ts";
import { neighbourInLine, neighbourLine } from "./geometry.ts";

export interface CanvasCommands {
  readonly select: (to: number, extend: boolean) => void;
  readonly selectAll: () => void;
  readonly selectNone: () => void;
  readonly mask: () => void;
  readonly rewrite: () => void;
  readonly fill: () => void;
  readonly pin: () => void;
  readonly insert: () => void;
  readonly lengthen: () => void;
  readonly undo: () => void;
  /** Shows the step `by` steps away. */
  readonly scrubBy: (by: number) => void;
}

export const shortcuts: readonly (readonly [keys: string, what: string])[] = [
  ["Ctrl Enter", "unmask, from the prompt"],
  ["Escape", "stop, or clear the selection"],
  ["← → ↑ ↓", "move over the canvas"],
  ["Shift + arrows", "select"],
  ["Ctrl A", "select all"],
  ["M or Delete", "mask the selection again"],
  ["R", "rewrite: mask the selection and fill it"],
  ["F", "fill all masks"],
  ["P", "pin or unpin"],
  ["I", "insert masks before the focus"],
  ["+", "add masks at the end"],
  ["Ctrl Z", "undo"],
  [", and .", "one step back, one step on"],
];

/** Handles a key press on the canvas. */
export function canvasKeys(
  event: KeyboardEvent,
  selection: Selection | null,
  commands: CanvasCommands,
): void {
  const handled =
    event.ctrlKey || event.metaKey
      ? withControl(event, commands)
      : move(event, selection, commands) || act(event, commands);
  if (handled) event.preventDefault();
}

function withControl({ key }: KeyboardEvent, commands: CanvasCommands): boolean {
  if (key === "a") commands.selectAll();
  else if (key === "z") commands.undo();
  else return false;
  return true;
}

function move(event: KeyboardEvent, selection: Selection | null, commands: CanvasCommands): boolean {
  const root = event.currentTarget as HTMLElement;
  const from = selection?.focus ?? Number((event.target as HTMLElement).dataset["index"] ?? 0);
  const targets: Record<string, () => number> = {
    ArrowLeft: () => from - 1,
    ArrowRight: () => from + 1,
    ArrowUp: () => neighbourLine(root, from, -1),
    ArrowDown: () => neighbourLine(root, from, 1),
    Home: () => neighbourInLine(root, from, "first"),
    End: () => neighbourInLine(root, from, "last"),
  };
  const target = targets[event.key];
  if (target !== undefined) commands.select(target(), event.shiftKey);
  return target !== undefined;
}

function act({ key }: KeyboardEvent, commands: CanvasCommands): boolean {
  const actions: Record<string, () => void> = {
    Escape: commands.selectNone,
    Delete: commands.mask,
    Backspace: commands.mask,
    m: commands.mask,
    r: commands.rewrite,
    f: commands.fill,
    p: commands.pin,
    i: commands.insert,
    "+": commands.lengthen,
    ",": () => commands.scrubBy(-1),
    ".": () => commands.scrubBy(1),
  };
  const action = actions[key.length === 1 ? key.toLowerCase() : key];
  action?.();
  return action !== undefined;
}
