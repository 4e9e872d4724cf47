/** What the demo costs the browser's main thread on a canvas of 1,024 positions, by a script in place of the engine. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { click, generate, idle, ready, scrubTo } from "./demo-page.mjs";
import { serve } from "./server.mjs";

const LENGTH = 1024;
/** Those of the script. */
const STEPS = 64;
/**
 * Milliseconds that script, styles and layout of a step may take on a processor that others use too. Three frames at
 * 60 a second: what moves between two steps moves without the main thread.
 */
const STEP_TIME = 3 * (1000 / 60);

let site;
before(async () => {
  const worker = readFileSync(new URL("pages/scripted-worker.js", import.meta.url));
  site = await serve("web/dist", {
    intercept: ({ url }, response) => {
      if (!/\/assets\/worker-[^/]*\.js$/.test(url)) return false;
      response.writeHead(200, { "content-type": "text/javascript" }).end(worker);
      return true;
    },
  });
});
after(() => site.close());

/** Watches frames and layout from now on; `seen()` in the page tells. */
const watch = (page) =>
  page.evaluate(() => {
    const frames = [];
    const shifts = [];
    const long = [];
    let last = performance.now();
    let runs = true;
    const tick = (now) => {
      frames.push(now - last);
      last = now;
      if (runs) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    const observe = (type, onEntry) => {
      if (!PerformanceObserver.supportedEntryTypes.includes(type)) return;
      new PerformanceObserver((list) => list.getEntries().forEach(onEntry)).observe({ type });
    };
    // What is a thousandth of the window does not show.
    observe("layout-shift", ({ value }) => value > 0.001 && shifts.push(value));
    observe("long-animation-frame", ({ duration }) => long.push(duration));
    globalThis.seen = () => {
      runs = false;
      return { frames: frames.slice(1), shifts, long };
    };
  });

/** Seconds of the main thread since the page began, by kind. */
async function mainThread(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  const named = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  const { ScriptDuration: script, RecalcStyleDuration: style, LayoutDuration: layout, TaskDuration: all } = named;
  return { script, style, layout, all };
}

const share = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

/** What `act`, which draws every step once, cost: milliseconds of the main thread a step, and what the page saw. */
async function cost(page, session, act) {
  await watch(page);
  const start = await mainThread(session);
  await act();
  const end = await mainThread(session);
  const { frames, shifts, long } = await page.evaluate("seen()");
  const step = Object.fromEntries(Object.entries(end).map(([kind, to]) => [kind, (1000 * (to - start[kind])) / STEPS]));
  frames.sort((a, b) => a - b);
  return { step, count: frames.length, median: share(frames, 0.5), late: share(frames, 0.95), shifts, long };
}

/** Properties that something on the page is being moved by. */
const moving = (page) =>
  page.evaluate(() => {
    const still = ["offset", "computedOffset", "easing", "composite"];
    const properties = document.getAnimations().flatMap(({ effect }) => effect.getKeyframes().flatMap(Object.keys));
    return [...new Set(properties)].filter((property) => !still.includes(property));
  });

eachBrowser("draws 1,024 positions at 60 frames a second, and nothing jumps", async ({ page, test }) => {
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(`${site.url}/demo/#write?v=1&prompt=Once&length=${LENGTH}&block=0`);
  await ready(page);
  const session = await page.createCDPSession();
  // Ticks of the thread, not of the clock: another process on the machine costs it nothing.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const replay = async () => {
    await click(page, "play");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    assert.deepEqual(await moving(page), ["opacity"], "the compositor can do it alone");
    const isOver = (steps) => document.querySelector('[data-testid="step"]').textContent.startsWith(`${steps} `);
    await page.waitForFunction(isOver, { polling: 250 }, STEPS);
  };
  const run = async () => {
    await generate(page);
    await idle(page);
  };
  for (const [what, act, jumps] of [
    // A word is not as wide as its block was: what follows in its line moves, and the lines are set anew at the end.
    ["run", run, (values) => values.filter((value) => value > 0.05).length <= 1],
    ["replay", replay, (values) => values.length === 0],
  ]) {
    if (what === "replay") await scrubTo(page, 0);
    const { step, count, median, late, shifts, long } = await cost(page, session, act);
    const told = Object.entries(step).map(([kind, ms]) => `${kind} ${ms.toFixed(1)}`);
    test.diagnostic(`${what}: main thread, ms a step: ${told.join(", ")}`);
    test.diagnostic(`${what}: ${count} frames, median ${median.toFixed(1)} ms, 95 % ${late.toFixed(1)} ms, ${long.length} long`);
    const drawn = step.script + step.style + step.layout;
    assert.ok(drawn < STEP_TIME, `${what}: ${drawn} ms a step`);
    assert.ok(jumps(shifts), `${what}: ${shifts}`);
  }
}, { only: ["chromium"] });
