/** Models other than the page's own: by address, by hub id, by files; and the twin in a race. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { click, generate, id, positions, masksIn, ready, setField, textOf } from "./demo-page.mjs";
import { REPOSITORY, serve } from "./server.mjs";

let site;
before(async () => {
  site = await serve({ "/": "web/dist", "/elsewhere/": "models/tiny-block" });
});
after(() => site.close());

async function open(page, hash = "#write?v=1&prompt=Once&length=8&block=8") {
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(`${site.url}/demo/${hash}`);
  await ready(page);
}

/** Types an address and has the page load it. */
async function load(page, address) {
  await page.$eval(id("model-panel"), (panel) => (panel.open = true));
  await page.locator(id("model-address")).fill(address);
  await click(page, "model-load");
  await page.waitForFunction((selector, name) => document.querySelector(selector).textContent === name, {}, id("model-name"), address);
}

eachBrowser("a model is brought by its address, another by its files, and the page's own comes back", async ({ page }) => {
  await open(page);
  await load(page, `${site.url}/elsewhere/`);
  await ready(page);
  assert.ok(site.requests.some(({ path }) => path === "/elsewhere/model.safetensors"));
  await generate(page);
  assert.equal(masksIn(await positions(page)), 0);

  const files = ["config.json", "model.safetensors", "tokenizer.json"];
  const input = await page.$(id("model-files"));
  await input.uploadFile(...files.map((file) => join(REPOSITORY, "models/tiny", file)));
  await page.waitForFunction((selector) => document.querySelector(selector).textContent === "3 files", {}, id("model-name"));
  await ready(page);
  await generate(page);
  const text = (await positions(page)).map(({ text }) => text);

  await click(page, "model-tiny");
  await page.waitForFunction((selector) => document.querySelector(selector).textContent === "Tiny storyteller", {}, id("model-name"));
  await ready(page);
  await generate(page);
  assert.deepEqual((await positions(page)).map(({ text }) => text), text, "the files were those of the page's own model");
});

eachBrowser("a hub id is looked for at the hub, and what is not there is said", async ({ page }) => {
  await open(page);
  await load(page, "unmask-tests/there-is-no-such-model");
  await page.waitForSelector(id("problem"));
  assert.match(await textOf(page, "problem"), /huggingface\.co\/unmask-tests\/there-is-no-such-model/);
  await click(page, "model-tiny");
  await ready(page);
  assert.equal(await page.$(id("problem")), null);
});

eachBrowser("the autoregressive twin races on the same prompt", async ({ page, name, test }) => {
  const asked = () => site.requests.splice(0).some(({ path }) => path === "/models/tiny-ar/model.safetensors");
  asked();
  await open(page, "#race?v=1&prompt=Once+upon+a+time&length=12&lane=twin&lane=sure");
  assert.equal(asked(), false, "only a race needs it");
  await generate(page);
  assert.equal(asked(), true);
  test.diagnostic(`${name}: ${await textOf(page, "verdict")}`);
  await setField(page, "race-scrub", await page.$eval(id("race-scrub"), (element) => element.max));
  const counted = await page.$$eval(id("counter-lane-forwards"), (all) => all.map(({ textContent }) => Number(textContent)));
  const [twin, sure] = counted;
  assert.ok(sure >= 1 && sure <= twin && twin <= 12, `${counted} forwards: the twin writes a token a forward`);
});
