/** What the demo costs the browser's main thread on a canvas of 1,024 positions, by a script in place of the engine. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { click, generate, idle, ready, scrubTo } from "./demo-page.mjs";
import { serve } from "./server.mjs";

const LENGTH = 1024;
/** Milliseconds of a frame at 60 frames a second. */
const FRAME = 1000 / 60;

let site;
before(async () => {
  const worker = readFileSync(new URL("pages/scripted-worker.js", import.meta.url));
  site = await serve(process.env.UNMASK_SITE ?? "web/dist", {
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
    observe("layout-shift", ({ value }) => shifts.push(value));
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

/** What `act` cost: milliseconds of the main thread a frame, and what the page saw. */
async function cost(page, session, act) {
  await watch(page);
  const start = await mainThread(session);
  await act();
  const end = await mainThread(session);
  const { frames, shifts, long } = await page.evaluate("seen()");
  const perFrame = Object.fromEntries(
    Object.entries(end).map(([kind, seconds]) => [kind, (1000 * (seconds - start[kind])) / frames.length]),
  );
  frames.sort((a, b) => a - b);
  return { perFrame, count: frames.length, median: share(frames, 0.5), late: share(frames, 0.95), shifts, long };
}

eachBrowser("draws 1,024 positions at 60 frames a second, and nothing jumps", async ({ page, test }) => {
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(`${site.url}/demo/#write?v=1&prompt=Once&length=${LENGTH}&block=0`);
  await ready(page);
  const session = await page.createCDPSession();
  // Ticks of the thread, not of the clock: another process on the machine costs it nothing.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const replay = async () => {
    await scrubTo(page, 0);
    await click(page, "play");
    await page.waitForFunction(() => document.querySelector('[data-testid="step"]').textContent.startsWith("64"));
  };
  const run = async () => {
    await generate(page);
    await idle(page);
  };
  for (const [what, act] of [
    ["run", run],
    ["replay", replay],
  ]) {
    const { perFrame, count, median, late, shifts, long } = await cost(page, session, act);
    const told = Object.entries(perFrame).map(([kind, ms]) => `${kind} ${ms.toFixed(2)}`);
    test.diagnostic(`${what}: main thread, ms a frame: ${told.join(", ")}`);
    test.diagnostic(`${what}: ${count} frames, median ${median.toFixed(1)} ms, 95 % ${late.toFixed(1)} ms, ${long.length} long`);
    assert.ok(perFrame.all < FRAME, `${what}: ${perFrame.all} ms a frame`);
    assert.deepEqual(shifts.filter((value) => value > 0.001), [], what);
  }
}, { only: ["chromium"] });
