/** The package as others import it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  exports: Record<string, string | Record<string, string>>;
};

it("has types first in every entry with code", () => {
  assert.deepEqual(Object.keys(manifest.exports), [".", "./worker", "./catalog", "./wasm", "./package.json"]);
  for (const entry of [".", "./worker", "./catalog"])
    assert.equal(Object.keys(manifest.exports[entry] ?? {})[0], "types");
});

it("lists the decoding methods and presets as data", async () => {
  const { select, revise, structure, exit, presets } = await import("../src/catalog.js");
  for (const methods of [select, revise, structure, exit]) assert.ok(methods.length > 1);
  for (const preset of presets) {
    assert.ok(select.some(({ name }) => name === preset.select.method));
    assert.ok(revise.some(({ name }) => name === preset.revise.method));
  }
});

it("can be imported where there is neither a window nor a worker", async () => {
  const unmask = await import("../src/index.js");
  assert.deepEqual(Object.keys(unmask).sort(), [
    "ERROR_CODES",
    "UnmaskError",
    "capabilities",
    "loadModel",
    "mask",
  ]);
});
