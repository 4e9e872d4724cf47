/** The pages that run every kernel variant, and measure products, on the visitor's own device. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { serve } from "./server.mjs";

let site;
before(async () => (site = await serve("web/dist")));
after(() => site.close());

const SLOW = { timeout: 12 * 60_000 };

async function run(page, name) {
  await page.setViewport({ width: 390, height: 844 });
  await page.goto(`${site.url}/${name}.html`);
  await page.click("#run");
  await page.waitForFunction(() => !document.getElementById("run").disabled, SLOW);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${name}.html is ${overflow} pixels too wide for a phone`);
  return page.$eval("#status", (status) => status.textContent);
}

eachBrowser("every kernel variant gives its twin's result", async ({ page, name, test }) => {
  const status = await run(page, "conformance");
  test.diagnostic(`${name}: ${status}`);
  const failed = await page.$$eval("tr:has(.failed)", (rows) => rows.map((row) => row.textContent));
  assert.deepEqual(failed, []);
  const [, problems, variants] = /^All (\d+) problems pass, in (\d+) variants\.$/.exec(status) ?? [];
  assert.ok(Number(problems) > 150 && Number(variants) > 100, status);
  assert.equal(await page.$eval("#copy", (button) => button.disabled), false);
}, SLOW);

eachBrowser("products are measured as shares of the device's arithmetic", async ({ page, name, test }) => {
  const status = await run(page, "bench");
  test.diagnostic(`${name}: ${status}`);
  assert.match(status, /reaches \d+ GFLOP\/s/);
  const shares = await page.$$eval("meter", (meters) => meters.map(({ value }) => value));
  assert.ok(shares.length >= 16 && shares.every((share) => share > 0), `${shares}`);
}, SLOW);
