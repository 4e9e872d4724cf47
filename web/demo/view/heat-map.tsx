/**
 * Positions from left to right, steps from top to bottom: in full colour what the model held of an open position, pale
 * once it was committed. A cell under the pointer or the keys moves the timeline.
 */

import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { useMemo, useState } from "preact/hooks";
import {
  columnsOf,
  mostEntropy,
  stripAt,
  surenessOf,
  type Column,
  type Measure,
  type Strip,
} from "../state/heat.ts";
import type { Trace } from "../state/trace.ts";
import { ConfidenceScale } from "./legend.tsx";

interface Props {
  readonly trace: Trace;
  readonly onScrub: (step: number) => void;
}

export function HeatMap({ trace, onScrub }: Props) {
  const { base, frames, shown } = trace;
  const columns = useMemo(() => columnsOf(trace), [base, frames]);
  const most = useMemo(() => mostEntropy(columns), [columns]);
  const [focus, setFocus] = useState(0);
  const [chosen, setMeasure] = useState<Measure>("confidence");
  const isRead = columns.some(({ readings }) => readings.size > 0);
  const measure = isRead ? chosen : "confidence";
  const place = { position: Math.min(focus, columns.length - 1), step: shown };
  const size = { positions: columns.length, steps: frames.length + 1 };
  const go = ({ position, step }: Place): void => {
    setFocus(clamp(position, size.positions));
    onScrub(clamp(step, size.steps));
  };
  return (
    <section>
      <div class="heat-head">
        <h2>{measure === "entropy" ? "Entropy" : "Confidence"}, position by step</h2>
        {isRead && <MeasureSwitch measure={measure} onChange={setMeasure} />}
      </div>
      <Frame>
        <div
          class="heat"
          role="application"
          tabIndex={0}
          aria-label={`${measure === "entropy" ? "Entropy" : "Confidence"} by position and step. Left and right move over positions, up and down over steps.`}
          aria-describedby="heat-cell"
          data-testid="heat"
          {...keyboard(size, place, go)}
          {...pointer(size, go)}
        >
          <Strips columns={columns} steps={size.steps} measure={measure} most={most} />
          <Cursor size={size} place={place} />
        </div>
      </Frame>
      <p id="heat-cell" class="heat-cell" role="status" data-testid="heat-cell">
        {describe(columns[place.position], place)}
      </p>
      <figure class="legend heat-legend" aria-label="Legend">
        <ConfidenceScale />
        <span>
          {measure === "entropy" && `0 nats is sure, ${most.toFixed(1)} nats is the most unsure. `}
          Pale: committed.
        </span>
      </figure>
    </section>
  );
}

const measures: readonly { measure: Measure; label: string }[] = [
  { measure: "confidence", label: "Confidence" },
  { measure: "entropy", label: "Entropy" },
];

function MeasureSwitch({ measure, onChange }: { measure: Measure; onChange: (measure: Measure) => void }) {
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">What the map shows</legend>
      {measures.map((choice) => (
        <label key={choice.measure}>
          <input
            type="radio"
            name="measure"
            data-testid={`heat-${choice.measure}`}
            checked={measure === choice.measure}
            onChange={() => onChange(choice.measure)}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </fieldset>
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

interface StripsProps {
  readonly columns: readonly Column[];
  readonly steps: number;
  readonly measure: Measure;
  /** The largest entropy. */
  readonly most: number;
}

/** Every strip of every column, and in full colour every reading and the step that committed it. */
const Strips = memo(function Strips({ columns, steps, measure, most }: StripsProps) {
  const shade = (column: Column, step: number, strip?: Strip) => {
    const reading = column.readings.get(step);
    if (reading === undefined) return shadeOf(measure === "confidence" ? strip?.confidence : null);
    return shadeOf(surenessOf(reading, measure, most));
  };
  return (
    <svg viewBox={`0 0 ${columns.length} ${steps}`} preserveAspectRatio="none" aria-hidden="true">
      {columns.map((column, x) => (
        <g key={column.key}>
          {column.strips.map((strip) => (
            <g key={strip.from} class={strip.state} style={shade(column, strip.from, strip)}>
              <rect x={x} y={strip.from} width={1} height={strip.to - strip.from} />
              {strip.state === "committed" && (
                <rect class="moment" x={x} y={strip.from} width={1} height={1} />
              )}
            </g>
          ))}
          {[...column.readings.keys()].map((step) => (
            <rect
              key={step}
              class="reading"
              style={shade(column, step)}
              x={x}
              y={step}
              width={1}
              height={1}
            />
          ))}
        </g>
      ))}
    </svg>
  );
});

function shadeOf(sureness: number | null | undefined) {
  return sureness === null || sureness === undefined ? undefined : { "--confidence": sureness.toFixed(3) };
}

function describe(column: Column | undefined, { position, step }: Place): string {
  const strip = column && stripAt(column, step);
  const place = `Position ${position + 1}, step ${step}`;
  if (strip === undefined || strip.state === "absent") return `${place}: not on the canvas.`;
  const reading = column?.readings.get(step);
  if (strip.state === "masked") {
    if (reading === undefined) return `${place}: masked.`;
    const { text, confidence, entropy } = reading;
    return `${place}: masked; likeliest “${text.trim()}” at ${percent(confidence)}, ${nats(entropy)}.`;
  }
  const word = `“${strip.text.trim()}”`;
  if (strip.state === "given" || strip.confidence === null) return `${place}: ${word}, given or padding.`;
  const then = column?.readings.get(strip.from);
  const open = then === undefined ? "" : `, ${nats(then.entropy)}`;
  return `${place}: ${word}, committed in step ${strip.from} at ${percent(strip.confidence)}${open}.`;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const nats = (entropy: number): string => `entropy ${entropy.toFixed(2)} nats`;

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(value, count - 1));
}
