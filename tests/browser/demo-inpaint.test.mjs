/** Other words for a part of the text, a canvas that grows, and the animation of a trace, on the built site. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { alternatives, click, generate, id, positions, ready, scrubTo, select, setField, textOf } from "./demo-page.mjs";
import { serve } from "./server.mjs";

let site;
before(async () => {
  site = await serve("web/dist");
});
after(() => site.close());

async function open(page, hash) {
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(`${site.url}/demo/${hash}`);
  await ready(page);
}

/** What is offered: the text and its percentage. */
const offers = (page) =>
  page.$$eval(id("keep"), (buttons) =>
    buttons.map((button) => ({
      text: button.querySelector(".alternative-text").textContent,
      share: Number(button.querySelector(".share").style.getPropertyValue("--share")),
      present: button.closest("li").className === "present",
    })),
  );

eachBrowser("the likeliest tokens of a place are listed, and one of them is kept", async ({ page, name, test }) => {
  await open(page, "#inpaint?v=1&prompt=Once+upon+a+time&length=12&block=0");
  await generate(page);
  const before = await positions(page);
  await alternatives(page, 2, 2);
  const offered = await offers(page);
  test.diagnostic(`${name}: ${offered.map(({ text, share }) => `${text} ${share}`).join(", ")}`);
  assert.equal(new Set(offered.map(({ text }) => text)).size, offered.length);
  assert.ok(offered.length >= 2);
  const shares = offered.map(({ share }) => share);
  assert.deepEqual(shares, shares.toSorted((a, b) => b - a), "the likeliest comes first");
  assert.ok(shares.reduce((sum, share) => sum + share) <= 1.01, "they share one whole");

  const title = await page.$eval('[data-index="2"] .word', (word) => word.title);
  const others = offered.filter(({ present }) => !present).map(({ text, share }) => `${text} ${Math.round(share * 100)} %`);
  assert.match(title, /^Confidence \d+ %; else /);
  assert.ok(title.endsWith(others.join(", ")), `${title}, not ${others}`);

  const other = offered.findIndex(({ present }) => !present);
  await (await page.$$(id("keep")))[other].click();
  const kept = await positions(page);
  assert.equal(kept[2].text.trim(), offered[other].text);
  const rest = (canvas) => canvas.filter((_, at) => at !== 2).map(({ text }) => text);
  assert.deepEqual(rest(kept), rest(before), "everything else stays");
  assert.deepEqual((await offers(page)).map(({ present }) => present), offered.map((_, at) => at === other));
});

eachBrowser("several positions get drafts, of one length, and what was asked is over when the text changes", async ({ page }) => {
  await open(page, "#inpaint?v=1&prompt=Once+upon+a+time&length=12&block=0");
  assert.equal(await page.$eval(id("ask"), (button) => button.disabled), true);
  await generate(page);
  await alternatives(page, 3, 6);
  assert.ok((await offers(page)).length >= 2, "drafts differ");
  const before = await positions(page);
  await (await page.$$(id("keep"))).at(-1).click();
  const kept = await positions(page);
  assert.equal(kept.length, before.length);
  assert.deepEqual(kept.slice(7), before.slice(7).map((position) => ({ ...position })));
  await select(page, 0, 0);
  assert.match(await textOf(page, "asked"), /likeliest tokens/);
  await page.keyboard.press("m");
  assert.deepEqual(await offers(page), []);
});

eachBrowser("a canvas grows step by step, and any step is shown again", async ({ page }) => {
  // Nothing counts as an expected end here, so that any model grows the canvas to its limit.
  const structure = "daedal:length_threshold=1,growth=4,max_length=16";
  await open(page, `#grow?v=1&prompt=Once+upon+a+time&length=16&structure=${structure}`);
  await generate(page);
  assert.equal((await positions(page)).length, 16);
  const events = await page.$$eval(`${id("growth")} li`, (items) => items.map(({ textContent }) => textContent));
  assert.equal(events.length, 3);
  assert.ok(events.every((event) => /^Step \d+: 4 positions put in before position \d+$/.test(event)), events.join());
  await scrubTo(page, 0);
  assert.equal((await positions(page)).length, 4);
  await setField(page, "grower", "rho_eos");
  assert.equal(await page.$eval(id("grower"), ({ value }) => value), "rho_eos");
});

eachBrowser("a trace is saved as an animation with a picture a step", async ({ page }) => {
  await page.evaluateOnNewDocument(() => {
    const create = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      globalThis.saved = blob;
      return create.call(URL, blob);
    };
  });
  await open(page, "#write?v=1&prompt=Once+upon+a+time&length=8&block=0");
  await generate(page);
  const steps = Number(await page.$eval(id("scrub"), (element) => element.max));
  await click(page, "gif");
  await page.waitForFunction(() => globalThis.saved?.type === "image/gif");
  const { start, pictures, width } = await page.evaluate(async () => {
    const bytes = new Uint8Array(await saved.arrayBuffer());
    const image = await createImageBitmap(saved);
    // Every picture has a block that begins so, with its delay.
    let pictures = 0;
    for (let at = 0; at + 2 < bytes.length; at++) {
      if (bytes[at] === 0x21 && bytes[at + 1] === 0xf9 && bytes[at + 2] === 4) pictures += 1;
    }
    return { start: String.fromCharCode(...bytes.slice(0, 6)), pictures, width: image.width };
  });
  assert.deepEqual([start, pictures, width], ["GIF89a", steps + 1, 720]);
});
