/** The site after its server is gone. */
import assert from "node:assert/strict";
import { eachBrowser } from "./browsers.mjs";
import { click, id, ready, textOf } from "./demo-page.mjs";
import { ISOLATION, serve } from "./server.mjs";

eachBrowser("after a first visit the demo opens and runs without a network", async ({ page, test }) => {
  // Isolated, as the server of `cargo xtask demo` has it; the other tests of the demo are not.
  const site = await serve({ "/some/place/": "web/dist" }, { headers: ISOLATION });
  test.after(() => site.close());
  const demo = `${site.url}/some/place/demo/`;
  await page.goto(demo);
  await ready(page);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, { polling: 250 });
  await site.close();
  await assert.rejects(fetch(demo), "the server is gone");

  await page.reload();
  await ready(page);
  const threads = await page.evaluate(() => Math.min(navigator.hardwareConcurrency, 4));
  assert.equal(await textOf(page, "threads"), String(threads), "kept by the service worker, isolation and all");

  await page.goto(`${demo}#sudoku`);
  await page.reload();
  await ready(page);
  await page.waitForSelector(id("grid"));
  await click(page, "generate");
  await page.waitForFunction(() => /^Solved/.test(document.querySelector('[data-testid="remark"]')?.textContent));
  await page.goto(`${site.url}/some/place/`);
  await page.waitForSelector(id("open-demo"));
});
