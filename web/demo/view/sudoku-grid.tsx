/** The sixteen cells: fields to type in, tinted by confidence, numbered in the order of the commits. */

import { CELLS, SIDE } from "../state/grid.ts";
import type { Cell } from "../state/sudoku.ts";
import type { Dispatch } from "../store.ts";

interface Props {
  readonly cells: readonly Cell[];
  readonly idle: boolean;
  readonly dispatch: Dispatch;
}

export function SudokuGrid({ cells, idle, dispatch }: Props) {
  return (
    <div class="grid" role="group" aria-label="Sudoku" data-testid="grid" onKeyDown={moveWithArrows}>
      {cells.map((cell, index) => (
        <CellField
          key={index}
          {...{ cell, index, idle }}
          onType={(text) => dispatch({ type: "sudoku/type", cell: index, text })}
        />
      ))}
    </div>
  );
}

interface CellProps {
  readonly cell: Cell;
  readonly index: number;
  readonly idle: boolean;
  readonly onType: (text: string) => void;
}

function CellField({ cell, index, idle, onType }: CellProps) {
  const { text, given, confidence, order, wrong } = cell;
  const names = ["cell", given && "given", confidence !== null && "solved", wrong && "wrong"];
  return (
    <div
      class={names.filter(Boolean).join(" ")}
      style={confidence === null ? undefined : { "--confidence": confidence.toFixed(3) }}
      data-testid="cell"
    >
      <input
        inputMode="numeric"
        autocomplete="off"
        value={text}
        readOnly={!idle}
        aria-label={labelOf(cell, index)}
        aria-invalid={wrong}
        data-cell={index}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => {
          const field = event.currentTarget;
          onType(newest(field.value, text));
          // The state may not have taken it: the field shows the state.
          field.value = /^[1-4]?$/.test(newest(field.value, text)) ? newest(field.value, text) : text;
          field.select();
        }}
      />
      {order !== null && (
        <small aria-hidden="true" data-testid="order">
          {order}
        </small>
      )}
    </div>
  );
}

/** What was typed beside the digit that stood there. */
function newest(value: string, before: string): string {
  return value.length > 1 && before !== "" ? value.replace(before, "") : value;
}

function labelOf({ given, confidence, order }: Cell, index: number): string {
  const place = `Row ${Math.floor(index / SIDE) + 1}, column ${(index % SIDE) + 1}`;
  if (given) return `${place}, given`;
  if (confidence === null) return `${place}, open`;
  return `${place}, set in step ${order}, ${Math.round(confidence * 100)} % sure`;
}

function moveWithArrows(event: KeyboardEvent): void {
  const cell = Number((event.target as HTMLElement).dataset["cell"]);
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE }[event.key];
  if (by === undefined || Number.isNaN(cell)) return;
  event.preventDefault();
  const to = (cell + by + CELLS) % CELLS;
  (event.currentTarget as HTMLElement).querySelector<HTMLInputElement>(`[data-cell="${to}"]`)?.focus();
}
