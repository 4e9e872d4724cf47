/** Weights go to the GPU piece by piece: the wasm heap stays small whatever the model. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
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

let server;
before(async () => {
  server = await serve({ "/": "tests/browser/pages", "/npm/": "npm", "/models/": "models" });
});
after(() => server.close());

eachBrowser("a load never has the weights in the wasm heap", async ({ page, name, test }) => {
  await page.goto(`${server.url}/memory.html`);
  await page.waitForFunction("globalThis.ready");
  const { bytes, residentBytes, heap, adapter } = await page.evaluate((config) => load(config, "q4_0"), CONFIG);
  const mib = (count) => `${(count / MIB).toFixed(1)} MiB`;
  test.diagnostic(`${name} on "${adapter}": ${mib(bytes)} of weights, ${mib(residentBytes)} resident, heap ${mib(heap)}`);
  assert.ok(bytes > 96 * MIB, "the weights would not fit the bound below");
  assert.ok(heap <= 64 * MIB, `the wasm heap grew to ${mib(heap)}`);
});
