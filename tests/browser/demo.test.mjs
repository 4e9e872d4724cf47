/** The demo through its real page: the built site, the package, the embedded model. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { click, generate, id, idle, masksIn, positions, ready, scrubTo, select, setOptions, textOf, valueOf } from "./demo-page.mjs";
import { serve } from "./server.mjs";

/** Large enough for several steps. */
const SMALL = { length: 24, block: 12 };
/** Small enough for a software adapter, which the page would not choose by itself. */
const ON_GPU = { length: 12, block: 12, select: "even", steps: 6 };

let site;
/** Answers the next requests for weights with an error, so many times. */
let failures = 0;
before(async () => {
  site = await serve("web/dist", {
    intercept: (request, response) => {
      if (failures === 0 || !request.url.endsWith("model.safetensors")) return false;
      failures -= 1;
      response.writeHead(503).end();
      return true;
    },
  });
});
after(() => site.close());

async function open(page) {
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(`${site.url}/demo/`);
}

async function openSmall(page, options = SMALL) {
  await open(page);
  await ready(page);
  await setOptions(page, options);
  assert.equal((await positions(page)).length, options.length);
}

eachBrowser("the demo fills a canvas, replays any step and counts", async ({ page, name, test }) => {
  await openSmall(page, ON_GPU);
  assert.equal(masksIn(await positions(page)), ON_GPU.length);
  await setOptions(page, { device: "gpu" });
  await page.waitForFunction(() => document.querySelector('[data-testid="device-kind"]')?.textContent === "GPU");
  await generate(page);
  const finished = await positions(page);
  const steps = Number(await page.$eval(id("scrub"), (element) => element.max));
  test.diagnostic(`${name}: ${await textOf(page, "adapter")}, ${steps} steps: ${finished.map(({ text }) => text ?? "_").join("")}`);
  assert.ok(steps > 1, "several frames arrived");
  assert.equal(Number(await textOf(page, "counter-forwards")), steps);
  const committed = Number(await textOf(page, "counter-committed"));
  // Padding behind the end of a text is no token that the model committed.
  assert.ok(committed >= steps && committed <= ON_GPU.length - masksIn(finished));
  assert.ok(Number(await textOf(page, "counter-tokens-per-forward")) >= 1);
  assert.match(await textOf(page, "announcer"), /^(Finished|Stopped)/);

  await scrubTo(page, 1);
  const first = await positions(page);
  assert.ok(masksIn(first) > masksIn(finished), "the first step shows masks");
  assert.equal(await textOf(page, "counter-forwards"), "1");
  for (const [at, { text }] of first.entries()) assert.ok(text === null || text === finished[at].text);
  await scrubTo(page, steps);
  assert.deepEqual(await positions(page), finished);
});

eachBrowser("the same seed writes the same text", async ({ page }) => {
  await openSmall(page);
  await generate(page);
  const once = await positions(page);
  await generate(page);
  assert.deepEqual(await positions(page), once);
});

eachBrowser("a generation stops when asked, and what it wrote stays", async ({ page }) => {
  await openSmall(page);
  await setOptions(page, { length: 300, block: 0, select: "even", steps: 300 });
  await click(page, "generate");
  await page.waitForFunction(() => document.querySelector('[data-testid="scrub"]').max >= 2);
  await click(page, "stop");
  await idle(page);
  const canvas = await positions(page);
  assert.ok(masksIn(canvas) > 0 && masksIn(canvas) < canvas.length);
  assert.equal(await page.$(id("problem")), null, "stopping is no error");
  await setOptions(page, { steps: 1 });
  await click(page, "fill");
  await page.waitForFunction(() => document.querySelector('[data-testid="token"][data-state="masked"]') === null);
  const filled = await positions(page);
  for (const [at, { text }] of canvas.entries()) assert.ok(text === null || text === filled[at].text, `position ${at} stayed`);
});

eachBrowser("selected text is masked and filled, everything else stays", async ({ page }) => {
  await openSmall(page);
  await generate(page);
  const before = await positions(page);
  await select(page, 4, 8);
  assert.equal((await positions(page)).filter(({ selected }) => selected).length, 5);
  await page.keyboard.press("m");
  const masked = await positions(page);
  assert.deepEqual(masked.slice(4, 9).map(({ text }) => text), [null, null, null, null, null]);
  await page.keyboard.press("f");
  await page.waitForFunction(() => [4, 5, 6, 7, 8].every((at) => document.querySelector(`[data-index="${at}"]`).dataset.state === "set"));
  await idle(page);
  const filled = await positions(page);
  for (const at of before.keys()) if (at < 4 || at > 8) assert.equal(filled[at].text, before[at].text);
  await page.focus('[data-testid="token"][tabindex="0"]');
  await page.keyboard.down("Control");
  await page.keyboard.press("z");
  await page.keyboard.press("z");
  await page.keyboard.up("Control");
  assert.deepEqual((await positions(page)).map(({ text }) => text), before.map(({ text }) => text));
});

eachBrowser("pinned tokens outlive a new generation", async ({ page }) => {
  await openSmall(page);
  await generate(page);
  await select(page, 2, 3);
  await page.keyboard.press("p");
  const before = await positions(page);
  assert.deepEqual(before.map(({ pinned }, at) => pinned && at).filter(Boolean), [2, 3]);
  await setOptions(page, { temperature: 1.5, seed: 7 });
  await generate(page);
  const again = await positions(page);
  for (const at of [2, 3]) assert.deepEqual([again[at].text, again[at].pinned], [before[at].text, true]);
});

eachBrowser("a method that lengthens the canvas is chosen, shown and replayed", async ({ page }) => {
  await openSmall(page, { length: 4, block: 4 });
  // Nothing counts as an expected end here, so that any model grows the canvas to its limit.
  await setOptions(page, { preset: "fast", structure: "daedal" });
  await setOptions(page, { "structure-length_threshold": 1, "structure-growth": 4, "structure-max_length": 12 });
  assert.equal(await valueOf(page, "option-select"), "localleap");
  assert.match(await page.$eval(".in-force", (element) => element.textContent), /localleap · daedal, .*max_length 12/);
  await generate(page);
  const grown = await positions(page);
  assert.equal(grown.length, 12);
  await scrubTo(page, 0);
  assert.deepEqual((await positions(page)).map(({ text }) => text), Array(4).fill(null));
  await scrubTo(page, await page.$eval(id("scrub"), (element) => element.max));
  assert.deepEqual(await positions(page), grown);
});

eachBrowser("the canvas grows at the end and at the cursor", async ({ page }) => {
  await openSmall(page);
  await generate(page);
  const before = await positions(page);
  await click(page, "lengthen");
  let canvas = await positions(page);
  assert.equal(canvas.length, before.length + 8);
  // A text that ended by itself grows before its stop token.
  const grown = canvas.flatMap(({ selected }, at) => (selected ? [at] : []));
  assert.deepEqual(grown.map((at) => canvas[at].text), Array(8).fill(null));
  assert.deepEqual(canvas.slice(0, grown[0]), before.slice(0, grown[0]));
  await select(page, 3, 3);
  await page.keyboard.press("i");
  canvas = await positions(page);
  assert.equal(canvas.length, before.length + 16);
  assert.deepEqual(canvas.slice(0, 3).map(({ text }) => text), before.slice(0, 3).map(({ text }) => text));
  assert.deepEqual(canvas.slice(3, 11).map(({ text }) => text), Array(8).fill(null));
  assert.equal(canvas[11].text, before[3].text);
});

eachBrowser("a pointer selects by dragging", async ({ page }) => {
  await openSmall(page);
  const centre = async (at) => {
    const box = await (await page.$(`[data-index="${at}"] > .block`)).boundingBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  await page.mouse.move(...(await centre(1)));
  await page.mouse.down();
  await page.mouse.move(...(await centre(3)), { steps: 6 });
  await page.mouse.up();
  const selected = (await positions(page)).map((position, at) => (position.selected ? at : -1)).filter((at) => at >= 0);
  assert.deepEqual(selected, [1, 2, 3]);
});

eachBrowser("an error shows its code and remedy, and trying again keeps the text", async ({ page }) => {
  failures = Infinity;
  await open(page);
  await page.waitForSelector(id("problem"));
  assert.equal(await page.$eval(id("problem"), (element) => element.dataset.code), "network");
  assert.ok((await textOf(page, "remedy")).length > 10);
  await page.locator(id("prompt")).fill("A text worth keeping");
  failures = 0;
  await click(page, "retry");
  await ready(page);
  assert.equal(await valueOf(page, "prompt"), "A text worth keeping");
  assert.equal(await textOf(page, "lead"), "A text worth keeping");
  assert.equal(await page.$(id("problem")), null);
});

eachBrowser("a prompt that does not fit is refused, and the next one works", async ({ page }) => {
  await openSmall(page);
  await page.locator(id("prompt")).fill("far too long ".repeat(2000));
  await click(page, "generate");
  await page.waitForSelector(id("problem"));
  assert.equal(await page.$eval(id("problem"), (element) => element.dataset.code), "context_overflow");
  await page.locator(id("prompt")).fill("Once upon a time");
  await click(page, "retry");
  await page.waitForFunction(() => document.querySelector('[data-testid="token"][data-state="masked"]') === null);
});

eachBrowser("text is set as text, and from the right where it is written so", async ({ page }) => {
  await openSmall(page);
  const markup = '<img src="x" onerror="globalThis.ran = true"><b>bold</b> & more';
  await page.locator(id("prompt")).fill(markup);
  await generate(page);
  assert.equal(await textOf(page, "lead"), markup);
  assert.deepEqual(await page.evaluate(() => [document.querySelectorAll("main img, main b").length, "ran" in globalThis]), [0, false]);

  await page.locator(id("prompt")).fill("היה היה פעם");
  await generate(page);
  const direction = (name) => page.$eval(id(name), (element) => getComputedStyle(element).direction);
  assert.deepEqual([await direction("prompt"), await direction("lead")], ["rtl", "rtl"]);
  assert.equal(await page.$eval("html", (element) => getComputedStyle(element).direction), "ltr", "the page stays as it is");
});

eachBrowser("without WebGPU the page says what is missing and offers the CPU", async ({ page }) => {
  await page.evaluateOnNewDocument(() => {
    delete Navigator.prototype.gpu;
    // Workers keep their own navigator: without them the package runs on the page.
    delete globalThis.Worker;
  });
  await open(page);
  await page.waitForSelector(id("unsupported"));
  assert.equal(await page.$eval(id("unsupported"), (element) => element.dataset.missing), "browser");
  await click(page, "use-cpu");
  await ready(page);
  assert.equal(await textOf(page, "device-kind"), "CPU");
});

eachBrowser("the demo fits a phone, and its cover leads to it", async ({ page }) => {
  await page.setViewport({ width: 375, height: 812 });
  await page.goto(`${site.url}/`);
  await Promise.all([page.waitForNavigation(), click(page, "open-demo")]);
  await ready(page);
  await generate(page);
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(tooWide, 0);
});
