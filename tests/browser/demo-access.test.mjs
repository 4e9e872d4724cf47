/** Whether everyone can use the demo: axe-core on every view, focus that can be seen, motion that can be declined. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { alternatives, click, generate, id, ready } from "./demo-page.mjs";
import { serve } from "./server.mjs";

/** Media features are emulated over CDP, which only Chromium speaks. */
const CHROMIUM = { only: ["chromium"], timeout: 10 * 60_000 };

const VIEWS = ["write", "inpaint", "grow", "race", "sudoku", "inside"];

let site, axe;
before(async () => {
  site = await serve("web/dist");
  axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
});
after(() => site.close());

async function open(page, scheme) {
  await page.setViewport({ width: 1280, height: 900 });
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  await page.goto(`${site.url}/demo/#write?v=1&prompt=Once&length=6&block=6&lane=exact&lane=sure`);
  await ready(page);
}

/** Serious violations of the page as it is, in words. */
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ["violations"] })).violations);
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
}

eachBrowser("axe-core finds no serious violation on any view, in light and dark, before and after a run", async ({ page }) => {
  const found = [];
  const look = async (moment) => found.push(...(await violations(page)).map((violation) => `${moment}: ${violation}`));
  for (const scheme of ["light", "dark"]) {
    await open(page, scheme);
    for (const view of VIEWS) {
      await click(page, `tab-${view}`);
      await page.waitForSelector(`[aria-labelledby="tab-${view}"]`);
      // What is folded away is looked at as well.
      await page.$$eval("details", (all) => all.forEach((each) => (each.open = true)));
      await look(`${view}, ${scheme}, before`);
      await generate(page);
      if (view === "inpaint") await alternatives(page, 0, 0);
      await look(`${view}, ${scheme}, after`);
    }
    assert.deepEqual(await page.evaluate(() => document.getAnimations().length), 0, "nothing moves where motion is unwelcome");
  }
  assert.deepEqual(found, []);
}, CHROMIUM);

eachBrowser("axe-core would find one", async ({ page }) => {
  await open(page, "light");
  await page.evaluate(() => document.querySelector("#prompt").labels[0].remove());
  await page.$eval("#prompt", (field) => field.removeAttribute("placeholder"));
  assert.match((await violations(page)).join(), /label/);
}, CHROMIUM);

eachBrowser("the focus can be seen wherever Tab takes it", async ({ page }) => {
  await open(page, "light");
  for (const view of VIEWS) {
    await click(page, `tab-${view}`);
    await page.waitForSelector(`[aria-labelledby="tab-${view}"]`);
    await page.focus(id(`tab-${view}`));
    const unseen = [];
    for (let stop = 0; stop < 40; stop++) {
      await page.keyboard.press("Tab");
      const place = await page.evaluate(() => {
        const focused = document.activeElement;
        if (focused === null || focused === document.body) return null;
        const around = [focused, focused.nextElementSibling, focused.parentElement].filter(Boolean);
        const seen = around.some((element) => getComputedStyle(element).outlineStyle !== "none");
        return { seen, name: focused.outerHTML.slice(0, 120) };
      });
      if (place === null) break;
      if (!place.seen) unseen.push(place.name);
    }
    assert.deepEqual(unseen, [], view);
  }
}, CHROMIUM);
