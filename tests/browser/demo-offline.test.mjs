/** The site after its server is gone. */
import assert from "node:assert/strict";
import { eachBrowser } from "./browsers.mjs";
import { click, id, ready } from "./demo-page.mjs";
import { serve } from "./server.mjs";

eachBrowser("after a first visit the demo opens and runs without a network", async ({ page, test }) => {
  const site = await serve({ "/some/place/": "web/dist" });
  test.after(() => site.close());
  const demo = `${site.url}/some/place/demo/`;
  await page.goto(demo);
  await ready(page);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, { polling: 250 });
  await site.close();
  await assert.rejects(fetch(demo), "the server is gone");

  await page.goto(`${demo}#sudoku`);
  await page.reload();
  await ready(page);
  await page.waitForSelector(id("grid"));
  await click(page, "generate");
  await page.waitForFunction(() => /^Solved/.test(document.querySelector('[data-testid="remark"]')?.textContent));
  await page.goto(`${site.url}/some/place/`);
  await page.waitForSelector(id("open-demo"));
});
