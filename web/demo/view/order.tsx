/** The text with the number of the step that wrote each token: dark is early, light is late. */

import { shownCanvas, type Trace } from "../state/trace.ts";

export function OrderView({ trace, stopIds }: { trace: Trace; stopIds: readonly number[] }) {
  const canvas = shownCanvas(trace);
  const steps = Math.max(1, trace.frames.length - 1);
  const end = canvas.findIndex(({ id }) => id !== null && stopIds.includes(id));
  const text = end < 0 ? canvas : canvas.slice(0, end);
  return (
    <section>
      <h2>Order of the commits</h2>
      <ol class="order" data-testid="order-list">
        {text.map(({ id, text, step }, index) => (
          <li
            key={index}
            class={id === null ? "open" : step === null ? "given" : step === trace.shown - 1 ? "newest" : ""}
            style={{ "--late": step === null ? 0 : (step / steps).toFixed(3) }}
          >
            <span>{id === null ? " " : text.trim() || "·"}</span>
            <small>{step === null ? "" : step + 1}</small>
          </li>
        ))}
      </ol>
    </section>
  );
}
