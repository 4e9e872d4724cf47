/** What the pages that test and measure the visitor's device share: their module, and drawing a table of text. */

import { request_subgroups } from "../../crates/wasm/src/subgroups_shim.js";

/** An outcome of a problem, as `crates/conformance` tells it. */
export interface Outcome {
  readonly name: string;
  readonly variants: readonly string[];
  readonly passed: boolean;
  readonly difference: number | null;
  readonly tolerance: number;
  readonly seconds: number;
  readonly error: string | null;
}

/** A product that was measured. */
export interface Product {
  readonly rows: number;
  readonly format: string;
  readonly tile: string;
  readonly chosen: boolean;
  readonly gflops: number;
  readonly share: number;
  readonly share_of_quads: number;
}

/** What was measured of a device. */
export interface Measured {
  readonly adapter: string;
  readonly backend: string;
  readonly peak_gflops: number;
  readonly quad_peak_gflops: number;
  readonly products: readonly Product[];
}

interface Module {
  default(): Promise<unknown>;
  conformance(onOutcome: (outcome: Outcome, done: number, total: number) => void): Promise<void>;
  speed(repeats: number): Promise<Measured>;
}

/** Loads the module; it is built beside the site and not bundled. */
export async function load(): Promise<Module> {
  const address = new URL("./conformance/unmask_conformance.js", document.baseURI).href;
  const module = (await import(/* @vite-ignore */ address)) as Module;
  request_subgroups();
  await module.default();
  return module;
}

/** The element with an id. */
export function element<Kind extends HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found as Kind;
}

/** Appends a row of cells to the page's table; text is set as text. */
export function addRow(cells: readonly { text: string | Node; kind?: string }[]): void {
  const row = document.createElement("tr");
  for (const { text, kind } of cells) {
    const cell = document.createElement("td");
    cell.append(text);
    if (kind !== undefined) cell.className = kind;
    row.append(cell);
  }
  element("table").querySelector("tbody")?.append(row);
}

/** Runs `work` at a click on the page's button, says what goes wrong, and offers its report for copying. */
export function onRun(work: (say: (text: string) => void) => Promise<object>): void {
  const [run, copy, status] = [
    element<HTMLButtonElement>("run"),
    element<HTMLButtonElement>("copy"),
    element("status"),
  ];
  const say = (text: string) => void (status.textContent = text);
  let report = "";
  run.addEventListener("click", async () => {
    run.disabled = copy.disabled = true;
    element("table").querySelector("tbody")?.replaceChildren();
    element("table").hidden = false;
    try {
      report = JSON.stringify({ browser: navigator.userAgent, ...(await work(say)) }, null, 1);
      copy.disabled = false;
    } catch (error) {
      say(`It stopped: ${error instanceof Error ? error.message : String(error)}`);
    }
    run.disabled = false;
  });
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(report);
    say("The report is in the clipboard.");
  });
}
