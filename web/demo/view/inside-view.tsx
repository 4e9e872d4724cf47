/** Inside: the trace of "write" step by step: who was committed when, and how surely. */

import { paceOf } from "../state/heat.ts";
import { countersOf } from "../state/counters.ts";
import type { Trace } from "../state/trace.ts";
import { Chart } from "./chart.tsx";
import { HeatMap } from "./heat-map.tsx";
import { OrderView } from "./order.tsx";
import type { PageProps } from "./page-props.ts";
import { PromptForm } from "./prompt-form.tsx";
import { Scrubber } from "./scrubber.tsx";
import { contentsOf, ShareBar } from "./share-bar.tsx";

export function InsideView(page: PageProps) {
  const { state, store, session, info, notices } = page;
  const { trace } = state;
  const scrub = (shown: number): void => store.dispatch({ type: "scrub", shown });
  return (
    <div class="wide inside">
      <PromptForm {...page} action="Unmask" onSend={() => void session.unmask()} />
      {notices}
      {trace.frames.length === 0 ? (
        <p class="empty" data-testid="nothing-yet">
          Nothing has been written yet. Unmask a text to look inside.
        </p>
      ) : (
        <>
          <div class="dock">
            <Scrubber trace={trace} idle={state.run === "idle"} onScrub={scrub} />
          </div>
          <HeatMap trace={trace} onScrub={scrub} />
          <OrderView trace={trace} stopIds={info?.stopIds ?? []} />
          <PaceChart trace={trace} />
        </>
      )}
      <ShareBar store={store} contents={contentsOf(page)} trace={state.trace} />
    </div>
  );
}

function PaceChart({ trace }: { trace: Trace }) {
  const pace = paceOf(trace);
  const { tokensPerForward } = countersOf({ ...trace, shown: trace.frames.length });
  return (
    <section>
      <h2>Tokens per forward</h2>
      <Chart
        series={[
          { name: "so far", points: pace.map(({ step, soFar }) => [step, soFar]) },
          {
            name: "of the step",
            points: [[0, 0], ...pace.map(({ step, committed }) => [step, committed] as const)],
          },
        ]}
        xLabel="steps"
        yLabel="tokens"
        at={trace.shown}
        summary={`Tokens per forward over ${pace.length} steps: ${tokensPerForward.toFixed(2)} in all.`}
      />
    </section>
  );
}
