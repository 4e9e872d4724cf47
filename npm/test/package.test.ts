/** The package as others import it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  exports: Record<string, string | Record<string, string>>;
};

it("has types first in every entry with code", () => {
  const withCode = [".", "./direct", "./worker", "./catalog"];
  assert.deepEqual(Object.keys(manifest.exports), [
    ...withCode,
    "./wasm",
    "./threads",
    "./threads-wasm",
    "./package.json",
  ]);
  for (const entry of withCode) assert.equal(Object.keys(manifest.exports[entry] ?? {})[0], "types");
});

it("lists the decoding methods and presets as data", async () => {
  const { select, revise, structure, exit, presets } = await import("../src/catalog.js");
  for (const methods of [select, revise, structure, exit]) assert.ok(methods.length > 1);
  for (const preset of presets) {
    assert.ok(select.some(({ name }) => name === preset.select.method));
    assert.ok(revise.some(({ name }) => name === preset.revise.method));
  }
});

it("is counted rightly in the table beside its peers", async () => {
  const { select, revise, structure, exit } = await import("../src/catalog.js");
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const counted = { select, revise, structure, exit };
  const words = Object.entries(counted).map(([kind, methods]) => `${methods.length} ${kind}`);
  assert.ok(readme.includes(`${words.join(", ")}, combined freely`), words.join(", "));
});

const EVERYWHERE = [
  "ERROR_CODES",
  "UnmaskError",
  "capabilities",
  "deleteCached",
  "estimateMemory",
  "fill",
  "isCached",
  "listCached",
  "loadModel",
  "mask",
];

it("can be imported where there is neither a window nor a worker", async () => {
  assert.deepEqual(Object.keys(await import("../src/index.js")).sort(), EVERYWHERE);
});
