/** The package as others import it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  exports: Record<string, string | Record<string, string>>;
};

it("has types first in every entry with code", () => {
  assert.deepEqual(Object.keys(manifest.exports), [".", "./worker", "./wasm", "./package.json"]);
  for (const entry of [".", "./worker"]) assert.equal(Object.keys(manifest.exports[entry] ?? {})[0], "types");
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
