/** Positions from left to right, steps from top to bottom. A cell under the pointer or the keys moves the timeline. */

import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
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
  const place = { position: Math.min(focus, columns.length - 1), step: shown };
  const size = { positions: columns.length, steps: frames.length + 1 };
  const go = ({ position, step }: Place): void => {
    setFocus(clamp(position, size.positions));
    onScrub(clamp(step, size.steps));
  };
  return (
    <section>
      <h2>Confidence, position by step</h2>
      <Frame>
        <div
          class="heat"
          role="application"
          tabIndex={0}
          aria-label="Confidence by position and step. Left and right move over positions, up and down over steps."
          aria-describedby="heat-cell"
          data-testid="heat"
          {...keyboard(size, place, go)}
          {...pointer(size, go)}
        >
          <Strips columns={columns} steps={size.steps} />
          <Cursor size={size} place={place} />
        </div>
      </Frame>
      <p id="heat-cell" class="heat-cell" role="status" data-testid="heat-cell">
        {describe(columns[place.position], place)}
      </p>
    </section>
  );
}

/** Says what the two directions are. */
function Frame({ children }: { children: ComponentChildren }) {
  return (
    <div class="heat-frame">
      <span class="side" aria-hidden="true">
        steps
      </span>
      {children}
      <span class="below" aria-hidden="true">
        positions
      </span>
    </div>
  );
}

/** A cell of the map. */
interface Place {
  readonly position: number;
  readonly step: number;
}

interface Size {
  readonly positions: number;
  readonly steps: number;
}

/** How far the keys move. */
const moves: Readonly<Record<string, (size: Size) => Place>> = {
  ArrowLeft: () => ({ position: -1, step: 0 }),
  ArrowRight: () => ({ position: 1, step: 0 }),
  ArrowUp: () => ({ position: 0, step: -1 }),
  ArrowDown: () => ({ position: 0, step: 1 }),
  Home: ({ positions }) => ({ position: -positions, step: 0 }),
  End: ({ positions }) => ({ position: positions, step: 0 }),
  PageUp: ({ steps }) => ({ position: 0, step: -steps }),
  PageDown: ({ steps }) => ({ position: 0, step: steps }),
};

function keyboard(size: Size, { position, step }: Place, go: (place: Place) => void) {
  return {
    onKeyDown(event: KeyboardEvent): void {
      const move = moves[event.key]?.(size);
      if (move === undefined) return;
      event.preventDefault();
      go({ position: position + move.position, step: step + move.step });
    },
  };
}

function pointer({ positions, steps }: Size, go: (place: Place) => void) {
  const point = (event: PointerEvent): void => {
    const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const position = Math.floor(((event.clientX - left) / width) * positions);
    go({ position, step: Math.floor(((event.clientY - top) / height) * steps) });
  };
  return {
    onPointerDown: point,
    // A finger that moves scrolls the page.
    onPointerMove: (event: PointerEvent) => event.pointerType === "mouse" && point(event),
  };
}

function Cursor({ size: { positions, steps }, place }: { size: Size; place: Place }) {
  const style = {
    left: `${(place.position / positions) * 100}%`,
    top: `${(place.step / steps) * 100}%`,
    width: `${100 / positions}%`,
    height: `${100 / steps}%`,
  };
  return <span class="heat-cursor" style={style} />;
}

/** Every strip of every column, and in full colour the step that committed it. */
const Strips = memo(function Strips({ columns, steps }: { columns: readonly Column[]; steps: number }) {
  return (
    <svg viewBox={`0 0 ${columns.length} ${steps}`} preserveAspectRatio="none" aria-hidden="true">
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
    </svg>
  );
});

function describe(column: Column | undefined, { position, step }: Place): string {
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
