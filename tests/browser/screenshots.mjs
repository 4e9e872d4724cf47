/**
 * Pictures of every view of the built demo, wide and on a phone, in light and dark: `docs/views`.
 * By hand, after `cargo xtask build`: `node tests/browser/screenshots.mjs`, or with the names of some views.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browsers.mjs";
import { alternatives, generate, id, ready, scrubTo, setField } from "./demo-page.mjs";
import { REPOSITORY, serve } from "./server.mjs";

const FOLDER = join(REPOSITORY, "docs/views");
const SCREENS = {
  wide: { width: 1280, height: 900 },
  phone: { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

const STORY = "v=1&prompt=Once+upon+a+time%2C+there+was+a+little&length=48&block=8&seed=3";
const WHOLE = "v=1&prompt=Once+upon+a+time&length=32&block=0&select=even";

/** The address of each view, and what is done there before its picture. */
const VIEWS = {
  write: [STORY, async (page) => scrubTo(page, Math.round((await steps(page, "scrub")) * 0.6))],
  inpaint: [STORY, (page) => alternatives(page, 0, 0)],
  grow: [
    "v=1&prompt=Once+upon+a+time&length=48&structure=daedal:length_threshold=1,growth=8,max_length=48",
    async (page) => scrubTo(page, Math.round((await steps(page, "scrub")) * 0.5)),
  ],
  race: [
    "v=1&mode=chat&prompt=What+is+27+%2B+15%3F&length=8&block=8&lane=exact&lane=sure",
    async (page) => setField(page, "race-scrub", Math.round((await steps(page, "race-scrub")) * 0.5)),
  ],
  sudoku: ["v=1&givens=0041100320044312", () => {}],
  inside: [WHOLE, async (page) => scrubTo(page, Math.round((await steps(page, "scrub")) * 0.6))],
};

const steps = (page, name) => page.$eval(id(name), ({ max }) => Number(max));

async function picture(page, site, view, screen, scheme) {
  const [query, prepare] = VIEWS[view];
  await page.setViewport(SCREENS[screen]);
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  // Another document, so that nothing of the picture before is left.
  await page.goto("about:blank");
  await page.goto(`${site.url}/demo/#${view}?${query}`);
  await ready(page);
  await generate(page);
  await prepare(page);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(FOLDER, `${view}-${screen}-${scheme}.webp`), type: "webp", quality: 82 });
}

mkdirSync(FOLDER, { recursive: true });
const site = await serve("web/dist");
const browser = await launch("chromium");
const page = await browser.newPage();
const wanted = process.argv.slice(2);
for (const view of wanted.length > 0 ? wanted : Object.keys(VIEWS)) {
  for (const screen of Object.keys(SCREENS)) {
    for (const scheme of ["light", "dark"]) await picture(page, site, view, screen, scheme);
  }
}
await browser.close();
await site.close();
