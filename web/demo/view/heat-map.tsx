/** Positions from left to right, steps from top to bottom. A cell under the pointer or the keys moves the timeline. */

import { useMemo, useState } from "preact/hooks";
import { columnsOf, stripAt, type Column } from "../state/heat.ts";
import type { Trace } from "../state/trace.ts";

interface Props {
  readonly trace: Trace;
  readonly onScrub: (step: number) => void;
}

export function HeatMap({ trace, onScrub }: Props) {
  const { base, frames, shown } = trace;
  const columns = useMemo(() => columnsOf(trace), [base, frames]);
  const [focus, setFocus] = useState(0);
  const position = Math.min(focus, columns.length - 1);
  const steps = frames.length + 1;
  const go = (column: number, step: number): void => {
    setFocus(clamp(column, columns.length));
    onScrub(clamp(step, steps));
  };
  return (
    <section>
      <h2>Confidence, position by step</h2>
      <div class="heat-frame">
        <span class="side" aria-hidden="true">
          steps
        </span>
        <div
          class="heat"
          role="application"
          tabIndex={0}
          aria-label="Confidence by position and step. Left and right move over positions, up and down over steps."
          aria-describedby="heat-cell"
          data-testid="heat"
          onKeyDown={(event) => {
            const move = moves[event.key];
            if (move === undefined) return;
            event.preventDefault();
            const [across, down] = move(columns.length, steps);
            go(position + across, shown + down);
          }}
          {...pointer(columns.length, steps, go)}
        >
          <svg viewBox={`0 0 ${columns.length} ${steps}`} preserveAspectRatio="none" aria-hidden="true">
            <Strips columns={columns} />
          </svg>
          <span
            class="heat-cursor"
            style={{
              left: `${(position / columns.length) * 100}%`,
              top: `${(shown / steps) * 100}%`,
              width: `${100 / columns.length}%`,
              height: `${100 / steps}%`,
            }}
          />
        </div>
        <span class="below" aria-hidden="true">
          positions
        </span>
      </div>
      <p id="heat-cell" class="heat-cell" role="status" data-testid="heat-cell">
        {describe(columns[position], position, shown)}
      </p>
    </section>
  );
}

/** How far the keys move: positions and steps. */
const moves: Readonly<Record<string, (positions: number, steps: number) => readonly [number, number]>> = {
  ArrowLeft: () => [-1, 0],
  ArrowRight: () => [1, 0],
  ArrowUp: () => [0, -1],
  ArrowDown: () => [0, 1],
  Home: (positions) => [-positions, 0],
  End: (positions) => [positions, 0],
  PageUp: (_, steps) => [0, -steps],
  PageDown: (_, steps) => [0, steps],
};

function pointer(positions: number, steps: number, go: (column: number, step: number) => void) {
  const point = (event: PointerEvent): void => {
    const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const column = Math.floor(((event.clientX - left) / width) * positions);
    go(column, Math.floor(((event.clientY - top) / height) * steps));
  };
  return {
    onPointerDown: point,
    // A finger that moves scrolls the page.
    onPointerMove: (event: PointerEvent) => event.pointerType === "mouse" && point(event),
  };
}

/** Every strip of every column, and in full colour the step that committed it. */
function Strips({ columns }: { columns: readonly Column[] }) {
  return (
    <>
      {columns.map(({ key, strips }, column) =>
        strips.map(({ from, to, state, confidence }) => {
          const style = confidence === null ? undefined : { "--confidence": confidence.toFixed(3) };
          return (
            <g key={`${key}/${from}`} class={state} style={style}>
              <rect x={column} y={from} width={1} height={to - from} />
              {state === "committed" && <rect class="moment" x={column} y={from} width={1} height={1} />}
            </g>
          );
        }),
      )}
    </>
  );
}

function describe(column: Column | undefined, position: number, step: number): string {
  const strip = column && stripAt(column, step);
  const place = `Position ${position + 1}, step ${step}`;
  if (strip === undefined || strip.state === "absent") return `${place}: not on the canvas.`;
  if (strip.state === "masked") return `${place}: masked.`;
  const word = `“${strip.text.trim()}”`;
  if (strip.state === "given" || strip.confidence === null) return `${place}: ${word}, given or padding.`;
  return `${place}: ${word}, committed in step ${strip.from} at ${Math.round(strip.confidence * 100)} %.`;
}

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(value, count - 1));
}
