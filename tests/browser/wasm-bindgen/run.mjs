/**
 * Runs the `#[wasm_bindgen_test]`s of crates/wasm and of the patterns in each browser.
 *
 * `cargo xtask test wasm` compiles the test binaries and puts each with its glue into a folder of
 * the folder that WASM_BINDGEN_TESTS names; the page beside this file runs one of them.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eachBrowser } from "../browsers.mjs";
import { serve } from "../server.mjs";

const folder = process.env.WASM_BINDGEN_TESTS;
if (!folder) throw new Error("WASM_BINDGEN_TESTS is not set: run `cargo xtask test wasm`");

const binaries = readdirSync(folder).filter((binary) => testsOf(binary).length > 0);

test("there are wasm-bindgen tests to run", () => assert.notEqual(binaries.length, 0));

for (const binary of binaries) {
  const tests = testsOf(binary);
  eachBrowser(`${tests.length} wasm-bindgen tests of ${binary}`, async ({ page, name, test }) => {
    const server = await serve({
      "/": "tests/browser/wasm-bindgen",
      "/binaries/": folder,
      "/models/": "models",
    });
    test.after(() => server.close());
    await page.goto(`${server.url}/page.html`);
    await page.waitForFunction("globalThis.runTests");
    const { passed, report } = await page.evaluate(
      (...args) => globalThis.runTests(...args),
      `/binaries/${binary}/`,
      tests,
    );
    assert.ok(passed, `${name}: ${binary}\n${report}`);
    test.diagnostic(`${name}: ${report.trim().split("\n").at(-1)}`);
  });
}

/** Names of the functions that a test binary exports, one for each test. */
function testsOf(binary) {
  const module = new WebAssembly.Module(readFileSync(join(folder, binary, "tests_bg.wasm")));
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  return names.filter((name) => name.startsWith("__wbgt_"));
}
