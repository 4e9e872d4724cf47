/**
 * Measures the matrix products on the page `bench.html` of the built site, in browsers, and prints what it reports as
 * JSON: an object by browser.
 *
 *     node kernels.mjs [--browsers chromium,firefox]
 */
import { parseArgs } from "node:util";
import { launch } from "../browser/browsers.mjs";
import { serve } from "../browser/server.mjs";

const { values: options } = parseArgs({ options: { browsers: { type: "string", default: "chromium,firefox" } } });

const site = await serve("web/dist");
const reports = {};
for (const name of options.browsers.split(",").filter(Boolean)) {
  console.error(name);
  reports[name] = await measureIn(name);
}
await site.close();
console.log(JSON.stringify(reports));

/** Clicks as a visitor would, and takes the report instead of the clipboard. */
async function measureIn(name) {
  const browser = await launch(name);
  try {
    const page = await browser.newPage();
    await page.goto(`${site.url}/bench.html`);
    const version = await browser.version();
    await page.evaluate(() => {
      navigator.clipboard.writeText = async (text) => void (globalThis.report = text);
    });
    await page.click("#run");
    await page.waitForFunction(() => !document.getElementById("run").disabled, { timeout: 15 * 60_000 });
    if (await page.$eval("#copy", (button) => button.disabled)) {
      throw new Error(`${name}: ${await page.$eval("#status", (status) => status.textContent)}`);
    }
    await page.click("#copy");
    return { version, ...JSON.parse(await page.evaluate(() => globalThis.report)) };
  } finally {
    await browser.close();
  }
}
