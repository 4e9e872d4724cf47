/** Runs every kernel variant on the visitor's device and shows what differs. */

import { addRow, element, load, onRun, type Outcome } from "./device.ts";

onRun(async (say) => {
  const progress = element<HTMLProgressElement>("progress");
  progress.hidden = false;
  say("Loading.");
  const outcomes: Outcome[] = [];
  const module = await load();
  say("Running. Each variant is compiled first, which may take a minute or two.");
  await module.conformance((outcome, done, total) => {
    outcomes.push(outcome);
    progress.value = done / total;
    show(outcome);
  });
  progress.hidden = true;
  const failed = outcomes.filter(({ passed }) => !passed).length;
  const variants = new Set(outcomes.flatMap((outcome) => outcome.variants)).size;
  say(
    failed === 0
      ? `All ${outcomes.length} problems pass, in ${variants} variants.`
      : `${failed} of ${outcomes.length} problems fail, in ${variants} variants.`,
  );
  return { outcomes };
});

function show({ name, variants, passed, difference, tolerance, seconds, error }: Outcome): void {
  addRow([
    { text: name },
    { text: variants.join(", "), kind: "variant" },
    { text: difference === null ? "–" : difference.toExponential(1), kind: "number" },
    { text: tolerance.toExponential(0), kind: "number" },
    { text: (1000 * seconds).toFixed(0), kind: "number" },
    passed ? { text: "passes" } : { text: error ?? "differs", kind: "failed" },
  ]);
}
