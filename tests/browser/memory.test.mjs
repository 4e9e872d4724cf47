/** Memory: weights on a GPU never pass through the wasm heap as a whole, and generations leave nothing behind. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { eachBrowser } from "./browsers.mjs";
import { zeros } from "./pages/zeros.mjs";
import { serve } from "./server.mjs";

const MIB = 2 ** 20;

/** 51 million parameters. */
const CONFIG = {
  model_type: "qwen3",
  hidden_size: 1024,
  intermediate_size: 3072,
  num_hidden_layers: 3,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  vocab_size: 12_288,
  max_position_embeddings: 1024,
  tie_word_embeddings: true,
  mask_token_id: 1,
  eos_token_id: 0,
};

/** The bench model of docs/bench/race.md: 30 million parameters. */
const BENCH = {
  ...CONFIG,
  hidden_size: 512,
  intermediate_size: 1408,
  num_hidden_layers: 8,
  num_key_value_heads: 8,
  vocab_size: 8192,
};

const mib = (count) => `${(count / MIB).toFixed(1)} MiB`;

let server;
before(async () => {
  server = await serve({ "/": "tests/browser/pages", "/npm/": "npm", "/models/": "models" });
});
after(() => server.close());

eachBrowser("a load never has the weights in the wasm heap", async ({ page, name, test }) => {
  await page.goto(`${server.url}/memory.html`);
  await page.waitForFunction("globalThis.ready");
  const { bytes, residentBytes, heap, adapter } = await page.evaluate((config) => load(config, "q4_0"), CONFIG);
  test.diagnostic(`${name} on "${adapter}": ${mib(bytes)} of weights, ${mib(residentBytes)} resident, heap ${mib(heap)}`);
  assert.ok(bytes > 96 * MIB, "the weights would not fit the bound below");
  assert.ok(heap <= 64 * MIB, `the wasm heap grew to ${mib(heap)}`);
});

/** Bytes that Node holds outside of the wasm heap, once what nobody uses is gone. */
function held() {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Makes a generation of `length` masks in one step and gives its handles back. */
async function generate(model, length) {
  const run = model.start({ canvas: [{ mask: length }], steps: 1 });
  while (await run.next(model));
  const { committed } = run.result(model);
  run.free();
  return committed;
}

test("the bench model stays within its weights and 64 MiB, and 200 generations leave nothing", async (context) => {
  const glue = await import("../../npm/wasm/unmask_wasm.js");
  const wasm = readFileSync(new URL("../../npm/wasm/unmask_wasm_bg.wasm", import.meta.url));
  const { memory } = await glue.default({ module_or_path: wasm });
  const tokenizer = new Uint8Array(readFileSync(new URL("../../models/tiny/tokenizer.json", import.meta.url)));
  const model = await glue.WasmModel.load(zeros(BENCH, tokenizer).files, { device: "cpu", dtype: "q4_0" }, () => {});
  const { residentBytes, parameters } = model.info();
  assert.ok(parameters > 29e6, `${parameters} parameters`);
  assert.equal(await generate(model, 512), 512);
  const heap = memory.buffer.byteLength;
  context.diagnostic(`${mib(residentBytes)} of weights, heap ${mib(heap)} after 512 positions`);
  assert.ok(heap <= 1.15 * residentBytes + 64 * MIB, mib(heap));

  for (let warm = 0; warm < 5; warm++) await generate(model, 4);
  const before = held();
  for (let run = 0; run < 200; run++) await generate(model, 4);
  const grown = held() - before;
  context.diagnostic(`200 generations: heap ${mib(memory.buffer.byteLength - heap)} more, beside it ${mib(grown)}`);
  assert.equal(memory.buffer.byteLength, heap, "the wasm heap is what 512 positions took");
  assert.ok(grown < MIB, mib(grown));
  model.dispose();
  model.free();
});
