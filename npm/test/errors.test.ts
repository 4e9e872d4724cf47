import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { ERROR_CODES, UnmaskError } from "../src/index.js";

it("has the engine's words, and one of its own", () => {
  const source = readFileSync(new URL("../../../crates/engine/src/error.rs", import.meta.url), "utf8");
  const words = [...source.matchAll(/Self::\w+ => "(\w+)"/g)].map(([, word]) => word);
  assert.ok(words.length > 5);
  assert.deepEqual([...ERROR_CODES], [...words, "internal"]);
});

it("keeps code and message of what others throw", () => {
  const { code, message } = UnmaskError.from(Object.assign(new Error("gone"), { code: "device_lost" }));
  assert.deepEqual([code, message], ["device_lost", "gone"]);
  assert.equal(UnmaskError.from(new DOMException("stop", "AbortError")).code, "aborted");
  assert.equal(UnmaskError.from(Object.assign(new Error("x"), { code: "E_OTHER" })).code, "internal");
  assert.equal(UnmaskError.from("text").message, "text");
  const own = new UnmaskError("gpu", "x");
  assert.equal(UnmaskError.from(own), own);
});
