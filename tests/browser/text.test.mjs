/** Text into ids by the wasm module, in Node: what the module leaves to the platform. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadModel } from "../../npm/dist/index.js";

const file = (name) => readFileSync(new URL(`../../models/tiny/${name}`, import.meta.url));

/** The embedded model with another normalizer before its tokens. */
function withNormalizer(normalizer) {
  const tokenizer = JSON.stringify({ ...JSON.parse(file("tokenizer.json")), normalizer });
  const files = { "config.json": file("config.json"), "model.safetensors": file("model.safetensors"), "tokenizer.json": tokenizer };
  return loadModel(Object.fromEntries(Object.entries(files).map(([name, content]) => [name, new Blob([content])])), { device: "cpu" });
}

const stripped = { type: "Sequence", normalizers: [{ type: "NFD" }, { type: "StripAccents" }] };

for (const [normalizer, expected] of [
  [{ type: "NFC" }, ["caf\u00e9 x", "\ufb01 2\u2075", "\ud55c"]],
  [{ type: "NFD" }, ["cafe\u0301 x", "\ufb01 2\u2075", "\u1112\u1161\u11ab"]],
  [{ type: "NFKC" }, ["caf\u00e9 x", "fi 25", "\ud55c"]],
  [{ type: "NFKD" }, ["cafe\u0301 x", "fi 25", "\u1112\u1161\u11ab"]],
  [stripped, ["cafe x", "\ufb01 2\u2075", "\u1112\u1161\u11ab"]],
]) {
  test(`tokens are those of the normal form: ${JSON.stringify(normalizer)}`, async () => {
    const model = await withNormalizer(normalizer);
    for (const written of [
      ["caf\u00e9 x", "\ufb01 2\u2075", "\ud55c"],
      ["cafe\u0301 x", "\ufb01 2\u2075", "\u1112\u1161\u11ab"],
    ])
      for (const [index, text] of written.entries())
        assert.equal(await model.detokenize(await model.tokenize(text)), expected[index]);
    await model.dispose();
  });
}
