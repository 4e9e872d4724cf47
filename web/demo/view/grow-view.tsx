/** Grow: a canvas of a few masks makes the room that the text needs. */

import { useMemo } from "preact/hooks";
import { commandsFor } from "../commands.ts";
import { BEGINNING, growers, growingOptions, growthOf, momentsOf } from "../state/growth.ts";
import { chosen } from "../state/methods.ts";
import type { Trace } from "../state/trace.ts";
import { counted } from "../state/words.ts";
import { CanvasView } from "./canvas.tsx";
import { Chart } from "./chart.tsx";
import type { PageProps } from "./page-props.ts";
import { PromptForm } from "./prompt-form.tsx";
import { Scrubber } from "./scrubber.tsx";
import { contentsOf, ShareBar } from "./share-bar.tsx";

export function GrowView(page: PageProps) {
  const { state, store, session, info, notices } = page;
  const { trace } = state;
  const { dispatch } = store;
  const commands = useMemo(() => commandsFor(store, session, () => BEGINNING), [store, session]);
  const scrub = (shown: number): void => dispatch({ type: "scrub", shown });
  return (
    <div class="wide grow">
      <PromptForm {...page} action="Grow" onSend={() => void session.grow()} />
      <Growers {...page} />
      {notices}
      <CanvasView {...{ state, info, dispatch, commands }} />
      <div class="dock">
        <Scrubber trace={trace} idle={state.run === "idle"} onScrub={scrub} />
      </div>
      {trace.frames.length > 0 && <Growth trace={trace} />}
      <ShareBar store={store} contents={contentsOf(page)} trace={state.trace} />
    </div>
  );
}

/** Which of the methods that lengthen a canvas does it. */
function Growers({ state, onOption }: PageProps) {
  const { method } = growingOptions(state.options).structure;
  return (
    <p class="growers">
      <label for="grower">Method</label>
      <select
        id="grower"
        data-testid="grower"
        value={method}
        disabled={state.run !== "idle"}
        onChange={(event) => onOption({ name: "structure", value: chosen(event.currentTarget.value) })}
      >
        {growers.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <span class="aside">{growers.find(({ name }) => name === method)?.doc}</span>
    </p>
  );
}

function Growth({ trace }: { trace: Trace }) {
  const moments = momentsOf(trace);
  const events = growthOf(trace);
  const last = moments[moments.length - 1];
  return (
    <section>
      <h2>Length of the canvas</h2>
      <Chart
        series={[
          { name: "positions", points: moments.map(({ step, length }) => [step, length]) },
          { name: "masked", points: moments.map(({ step, masks }) => [step, masks]) },
        ]}
        stepped
        xLabel="steps"
        yLabel="positions"
        at={trace.shown}
        summary={`The canvas begins with ${counted(trace.base.length, "position")} and ends with ${last?.length}.`}
      />
      <ol class="growth" data-testid="growth">
        {events.map(({ step, at, inserted, removed }, index) => (
          <li key={index} class={step <= trace.shown ? "done" : ""}>
            Step {step}: {removed > 0 && `${removed} taken out, `}
            {counted(inserted, "position")} put in before position {at + 1}
          </li>
        ))}
      </ol>
    </section>
  );
}
