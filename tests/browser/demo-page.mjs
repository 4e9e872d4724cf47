/** The demo as its visitors use it: small steps that the tests are made of. */

export const id = (name) => `[data-testid="${name}"]`;

/** Waits until a model is loaded. */
export const ready = (page) => page.waitForSelector('[data-engine="ready"]');

/** Waits until no generation runs. */
export const idle = (page) => page.waitForSelector('[data-testid="canvas-sheet"][data-run="idle"]');

export const click = (page, name) => page.locator(id(name)).click();

export const textOf = (page, name) => page.$eval(id(name), (element) => element.textContent);

export const valueOf = (page, name) => page.$eval(id(name), (element) => element.value);

/** Types `value` over what a field holds. */
export async function setField(page, name, value) {
  await page.$eval(
    id(name),
    (element, value) => {
      element.value = value;
      element.dispatchEvent(new Event("input", { bubbles: true }));
      element.dispatchEvent(new Event("change", { bubbles: true }));
    },
    String(value),
  );
}

/** Opens the settings, sets some, and closes them: `{ length: 24, block: 8 }`. */
export async function setOptions(page, options) {
  await page.$eval(id("options"), (element) => (element.open = true));
  for (const [name, value] of Object.entries(options)) await setField(page, `option-${name}`, value);
  await page.$eval(id("options"), (element) => (element.open = false));
}

/** Every position: its text, whether it is masked, pinned, selected. */
export const positions = (page) =>
  page.$$eval(id("token"), (tokens) =>
    tokens.map((token) => ({
      text: token.dataset.state === "masked" ? null : token.textContent,
      pinned: token.dataset.pinned === "true",
      selected: token.getAttribute("aria-selected") === "true",
    })),
  );

export const masksIn = (canvas) => canvas.filter(({ text }) => text === null).length;

/** Selects positions `from` to `to`, both included, by keyboard. */
export async function select(page, from, to) {
  await page.$eval(`[data-index="${from}"]`, (token) => token.scrollIntoView({ block: "center" }));
  await page.click(`[data-index="${from}"] > :is(.word, .block)`);
  await page.keyboard.down("Shift");
  for (let at = from; at < to; at++) await page.keyboard.press("ArrowRight");
  await page.keyboard.up("Shift");
}

/** Shows step `step` of the replay. */
export const scrubTo = (page, step) => setField(page, "scrub", step);

/** Runs what the view has to run, to its end. */
export async function generate(page) {
  await click(page, "generate");
  await page.waitForSelector(id("stop"));
  await page.waitForSelector(id("generate"));
}

/** Selects positions and has the model look for other words for them, to the end. */
export async function alternatives(page, from, to) {
  await select(page, from, to);
  await click(page, "ask");
  await page.waitForFunction(
    (selector) => /^Keep one/.test(document.querySelector(selector)?.textContent),
    {},
    id("asked"),
  );
}
