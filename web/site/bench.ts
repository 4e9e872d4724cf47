/** Measures the products of matrices on the visitor's device. */

import { addRow, load, onRun, type Product } from "./device.ts";

const REPEATS = 5;

onRun(async (say) => {
  say("Loading.");
  const module = await load();
  say("Measuring: every product and plain arithmetic, in turns.");
  const measured = await module.speed(REPEATS);
  for (const product of measured.products) show(product);
  const adapter = measured.adapter || "This device";
  say(
    `${adapter} reaches ${measured.peak_gflops.toFixed(0)} GFLOP/s in plain arithmetic. Tiles in use are marked.`,
  );
  return measured;
});

function show({ rows, format, tile, chosen, gflops, share }: Product): void {
  const meter = document.createElement("meter");
  meter.value = share;
  meter.setAttribute("aria-label", `${(100 * share).toFixed(0)} percent`);
  const cell = document.createElement("span");
  cell.append(meter, ` ${(100 * share).toFixed(0)} %`);
  addRow([
    { text: String(rows), kind: "number" },
    { text: format },
    { text: chosen ? `${tile} ●` : tile },
    { text: gflops.toFixed(1), kind: "number" },
    { text: cell },
  ]);
}
