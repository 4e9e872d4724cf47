/**
 * Runs the `#[wasm_bindgen_test]`s of crates/wasm in each browser.
 *
 * `cargo xtask test wasm` compiles the test binaries and puts each with its glue into a folder of
 * the folder that WASM_BINDGEN_TESTS names; the page beside this file runs one of them.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { eachBrowser } from "../browsers.mjs";
import { serve } from "../server.mjs";

const folder = process.env.WASM_BINDGEN_TESTS;
if (!folder) throw new Error("WASM_BINDGEN_TESTS is not set: run `cargo xtask test wasm`");

for (const binary of readdirSync(folder)) {
  eachBrowser(`wasm-bindgen tests ${binary}`, async ({ page, name, test }) => {
    const server = await serve({
      "/": "tests/browser/wasm-bindgen",
      "/binaries/": folder,
      "/models/": "models",
    });
    test.after(() => server.close());
    await page.goto(`${server.url}/page.html`);
    await page.waitForFunction("globalThis.runTests");
    const { count, passed, output } = await page.evaluate(`runTests("/binaries/${binary}/")`);
    test.diagnostic(`${name}: ${count} tests in ${binary}`);
    assert.ok(passed, `${name}: ${binary}\n${output}`);
  });
}
