/** The views of the demo beside "write", and the links between them, on the built site and the embedded model. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { click, generate, id, positions, ready, scrubTo, setField, setOptions, textOf, valueOf } from "./demo-page.mjs";
import { serve } from "./server.mjs";

let site;
before(async () => {
  // Under a folder, as on a host that gives each site one.
  site = await serve({ "/some/place/": "web/dist" });
});
after(() => site.close());

const address = (hash = "") => `${site.url}/some/place/demo/${hash}`;

async function open(page, hash) {
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(address(hash));
  await ready(page);
}

const textsOf = (page, name) => page.$$eval(id(name), (elements) => elements.map((element) => element.textContent));

const waitForText = (page, name, pattern) =>
  page.waitForFunction((selector, source) => new RegExp(source).test(document.querySelector(selector)?.textContent), {}, id(name), pattern.source);

const masksOfLanes = (page) =>
  page.$$eval(id("lane"), (lanes) => lanes.map((lane) => lane.querySelectorAll('[data-testid="still"][data-state="masked"]').length));

eachBrowser("tabs have addresses, arrow keys and a way back", async ({ page }) => {
  await open(page);
  await page.focus(id("tab-write"));
  await page.keyboard.press("ArrowRight");
  await page.waitForSelector(id("alternatives"));
  assert.equal(await page.evaluate(() => `${location.hash} ${document.activeElement.id}`), "#inpaint tab-inpaint");
  await page.keyboard.press("End");
  await page.waitForSelector(id("nothing-yet"));
  assert.deepEqual(await page.$$eval('[role="tab"]', (tabs) => tabs.map((tab) => [tab.ariaSelected, tab.tabIndex])), [
    ...Array(5).fill(["false", -1]),
    ["true", 0],
  ]);
  assert.equal(await page.$eval('[role="tabpanel"]', (panel) => panel.getAttribute("aria-labelledby")), "tab-inside");
  await page.evaluate(() => history.back());
  await page.waitForSelector(id("alternatives"));
  await page.goto(address("#sudoku"));
  await page.waitForSelector(id("grid"));
});

eachBrowser("a race counts every lane, names the winner and shows any forward again", async ({ page, name, test }) => {
  await open(page, "#race?v=1&mode=chat&prompt=What+is+27+%2B+15%3F&length=8&block=8&lane=exact&lane=sure");
  assert.deepEqual(await masksOfLanes(page), [8, 8]);
  await click(page, "generate");
  await waitForText(page, "verdict", /(wins|tie)/);
  test.diagnostic(`${name}: ${await textOf(page, "verdict")}`);
  await setField(page, "race-scrub", 1);
  const early = await masksOfLanes(page);
  assert.equal(early[0], 7, "one token a step");
  assert.deepEqual(await textsOf(page, "counter-lane-forwards"), ["1", "1"]);
  await setField(page, "race-scrub", await page.$eval(id("race-scrub"), (element) => element.max));
  assert.deepEqual(await masksOfLanes(page), [0, 0]);
  const [slow, quick] = (await textsOf(page, "counter-lane-forwards")).map(Number);
  // A text that ends early is padded to its end.
  assert.ok(slow > 1 && slow <= 8 && quick >= 1 && quick <= slow, `${slow} and ${quick} forwards`);
  const rows = (await textsOf(page, "counter-lane-rows")).map(Number);
  assert.ok(rows.every((count) => count > 0));
  const drawn = await page.$$eval('[data-testid="chart"] path', (paths) => paths.map((path) => path.getAttribute("d").match(/H/g).length));
  assert.deepEqual(drawn, [slow, quick], "the chart has a step for every forward");
});

eachBrowser("a race stops when asked, and lanes come and go", async ({ page }) => {
  await open(page, "#race?v=1&prompt=Once&length=300&block=0&lane=exact&lane=sure");
  await click(page, "generate");
  await waitForText(page, "verdict", /runs/);
  await page.keyboard.press("Escape");
  await waitForText(page, "verdict", /^Stopped/);
  assert.equal(await page.$(id("problem")), null, "stopping is no error");
  await click(page, "add-lane");
  assert.equal((await page.$$(id("lane"))).length, 3);
  await click(page, "drop-lane");
  assert.equal((await page.$$(id("lane"))).length, 2);
});

eachBrowser("a sudoku is typed, refused where it is wrong, and solved in any order", async ({ page, name, test }) => {
  await open(page, "#sudoku?v=1&givens=0041100320044312");
  const type = async (cell, key) => {
    await page.focus(`[data-cell="${cell}"]`);
    await page.keyboard.press(key);
  };
  await type(0, "7");
  await waitForText(page, "remark", /from 1 to 4, not “7”/);
  assert.equal(await page.$eval('[data-cell="0"]', (field) => field.value), "");
  await type(0, "4");
  await waitForText(page, "remark", /4 stands twice in row 1/);
  assert.equal(await page.$eval(id("generate"), (button) => button.disabled), true);
  await type(0, "Delete");
  await waitForText(page, "remark", /^One grid/);
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.cell), "1");
  await click(page, "generate");
  await waitForText(page, "remark", /^(Solved|The model)/);
  test.diagnostic(`${name}: ${await textOf(page, "remark")}`);
  assert.match(await textOf(page, "remark"), /^Solved in 6 forwards/);
  assert.deepEqual((await textsOf(page, "order")).map(Number).sort(), [1, 2, 3, 4, 5, 6]);
  await scrubTo(page, 2);
  assert.deepEqual((await textsOf(page, "order")).map(Number).sort(), [1, 2]);
  await click(page, "new-puzzle");
  assert.deepEqual(await textsOf(page, "order"), []);
  assert.match(await textOf(page, "remark"), /^One grid/);
});

eachBrowser("inside, the heat map and the timeline move each other", async ({ page }) => {
  await open(page, "#write?v=1&mode=chat&prompt=Sort+42%2C+7%2C+93%2C+18.&length=12&block=0&select=even");
  await generate(page);
  const steps = Number(await page.$eval(id("scrub"), (element) => element.max));
  await click(page, "tab-inside");
  await page.waitForSelector(id("heat"));
  assert.equal(await page.$$eval(".heat .moment", (cells) => cells.length), steps, "one commit a step");
  await page.focus(id("heat"));
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowRight");
  assert.equal(Number(await valueOf(page, "scrub")), steps - 1);
  assert.match(await textOf(page, "heat-cell"), new RegExp(`^Position 2, step ${steps - 1}: “.*committed in step \\d+ at \\d+ %`));
  const box = await (await page.$(id("heat"))).boundingBox();
  await page.mouse.move(box.x + box.width * 0.99, box.y + 2);
  assert.equal(Number(await valueOf(page, "scrub")), 0);
  assert.match(await textOf(page, "heat-cell"), /^Position 12, step 0: masked/);
  await scrubTo(page, 3);
  assert.match(await textOf(page, "heat-cell"), /^Position 12, step 3: (masked; likeliest “.*” at \d+ %|“.*”, committed .*), entropy \d\.\d\d nats\.$/);
});

eachBrowser("inside, every open position shows its confidence or its entropy in every step", async ({ page }) => {
  await open(page, "#write?v=1&prompt=Once+upon+a+time&length=8&block=0&select=even");
  await generate(page);
  await click(page, "tab-inside");
  await page.waitForSelector(id("heat"));
  const shades = () => page.$$eval(".heat .reading", (cells) => cells.map((cell) => Number(cell.style.getPropertyValue("--confidence"))));
  const confidences = await shades();
  // One commit a step, unless the text ended: every step reads all that is open.
  assert.ok(confidences.length > 8 && confidences.length <= 36, `${confidences.length} readings`);
  assert.ok(confidences.every((shade) => shade > 0 && shade <= 1));
  await page.$eval(id("heat-entropy"), (choice) => choice.click());
  await page.waitForFunction(() => document.querySelector(".heat").ariaLabel.startsWith("Entropy"));
  const entropies = await shades();
  assert.equal(entropies.length, confidences.length);
  assert.equal(Math.min(...entropies), 0, "the largest entropy is the end of the scale");
  assert.notDeepEqual(entropies, confidences);
});

eachBrowser("a link brings the same text on another page, and a trace is saved", async ({ page, browser }) => {
  await page.evaluateOnNewDocument(() => {
    const create = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      globalThis.saved = blob;
      return create.call(URL, blob);
    };
  });
  await open(page);
  await setField(page, "prompt", "A small dog & a cat");
  await setOptions(page, { length: 8, block: 8, temperature: 1.2, seed: 77 });
  await click(page, "share");
  await waitForText(page, "shared", /Copied|address bar/);
  const link = await page.evaluate(() => location.href);
  assert.match(link, /\/some\/place\/demo\/#write\?v=1&/);
  await generate(page);
  const written = await positions(page);
  await click(page, "export");
  const saved = JSON.parse(await page.evaluate(() => globalThis.saved.text()));
  assert.equal(saved.format, "unmask-trace");
  assert.equal(saved.frames.length, Number(await page.$eval(id("scrub"), (element) => element.max)));

  const other = await browser.newPage();
  await other.goto(link.replace("&seed=", "&of-a-later-page=1&seed="));
  await ready(other);
  assert.equal(await valueOf(other, "prompt"), "A small dog & a cat");
  assert.deepEqual(new Set((await positions(other)).map(({ text }) => text)), new Set([null]), "opening a link runs nothing");
  await generate(other);
  assert.deepEqual(await positions(other), written);
});
