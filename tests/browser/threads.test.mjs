/** The build for threads: on pages that are isolated from other origins, and what becomes of it on others. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { ISOLATION, serve } from "./server.mjs";

const golden = (name) => JSON.parse(readFileSync(new URL(`../golden/generation/${name}.json`, import.meta.url), "utf8"));
const FOLDERS = { "/": "tests/browser/pages", "/npm/": "npm", "/models/": "models" };

let isolated;
let plain;
before(async () => {
  isolated = await serve(FOLDERS, { headers: ISOLATION });
  plain = await serve(FOLDERS);
});
after(() => Promise.all([isolated.close(), plain.close()]));

const open = async (page, { url }) => {
  await page.goto(`${url}/package.html`);
  await page.waitForFunction("globalThis.ready");
};

/** Threads of the browser's processes that run workers, by the names that the browsers give them. */
function workerThreads(root) {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const read = (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return "";
    }
  };
  const parents = new Map(
    processes.map((pid) => {
      const stat = read(`/proc/${pid}/stat`);
      return [Number(pid), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])];
    }),
  );
  const belongs = (pid) => pid === root || (parents.has(pid) && belongs(parents.get(pid)));
  const names = [...parents.keys()].filter(belongs).flatMap((pid) => {
    const threads = existing(`/proc/${pid}/task`);
    return threads.map((thread) => read(`/proc/${pid}/task/${thread}/comm`).trim());
  });
  return names.filter((name) => /^(DedicatedWorker|DOM Worker)/.test(name)).length;
}

function existing(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

eachBrowser("threads give what one thread gives, to the bit", async ({ page, name, test }) => {
  await open(page, isolated);
  const { runs, capabilities, seconds } = await page.evaluate(async ({ prompt, ...options }) => {
    const runs = [];
    const seconds = [];
    for (const settings of [{ threads: 1 }, { threads: 3 }, {}, { dtype: "q4_0", threads: 1 }, { dtype: "q4_0", threads: 2 }]) {
      const model = await unmask.loadModel("/models/tiny/", { device: "cpu", dtype: "f32", ...settings });
      const frames = await collect(model.generate(prompt, options));
      const long = await model.generate({ canvas: [{ mask: 64 }] }, { steps: 1 }).result();
      const { ids, text } = await model.generate(prompt, options).result();
      seconds.push(long.seconds);
      runs.push({ device: model.info.device, ids, text, confidences: frames.flatMap(({ committed }) => committed.map(({ confidence }) => confidence)), long: long.ids });
      await model.dispose();
    }
    return { runs, capabilities: await unmask.capabilities(), seconds };
  }, golden("request"));
  test.diagnostic(`${name}: seconds of 64 rows ${seconds.map((value) => value.toFixed(3))}`);
  const expected = golden("expected");
  const [one, three, auto, one4, two4] = runs;
  assert.deepEqual(runs.map(({ device }) => device.threads).toSpliced(2, 1), [1, 3, 1, 2]);
  assert.equal(auto.device.threads, capabilities.threads);
  assert.match(one.device.reason, /one thread, as asked/);
  for (const run of [one, three, auto]) assert.deepEqual({ ids: run.ids, text: run.text }, expected);
  for (const [alone, shared] of [[one, three], [one, auto], [one4, two4]]) {
    assert.deepEqual(shared.confidences, alone.confidences);
    assert.deepEqual(shared.long, alone.long);
  }
});

eachBrowser("a page fetches one of the two builds", async ({ page }) => {
  const engines = (server) => new Set(server.requests.map(({ path }) => path).filter((path) => path.endsWith(".wasm")));
  isolated.requests.length = plain.requests.length = 0;
  const load = () =>
    page.evaluate(async () => {
      const model = await unmask.loadModel("/models/tiny/", { device: "cpu", threads: 2 });
      const { text } = await model.generate("Once", { length: 8 }).result();
      await model.dispose();
      return { text, ...model.info.device };
    });
  await open(page, isolated);
  const shared = await load();
  assert.deepEqual([...engines(isolated)], ["/npm/threads/unmask_threads_bg.wasm"]);
  await open(page, plain);
  const alone = await load();
  assert.deepEqual([...engines(plain)], ["/npm/wasm/unmask_wasm_bg.wasm"]);
  assert.deepEqual([shared.threads, alone.threads], [2, 1]);
  assert.equal(shared.text, alone.text);
  assert.match(alone.reason, /one thread, because the page is not cross-origin isolated/);
});

eachBrowser("where the build for threads is missing, the other one serves and says so", async ({ page, test }) => {
  const without = await serve(FOLDERS, {
    headers: ISOLATION,
    intercept: ({ url }, response) => url.includes("/threads/") && url.includes("unmask_threads") && (response.writeHead(404).end(), true),
  });
  test.after(() => without.close());
  await open(page, without);
  const device = await page.evaluate(async () => {
    const model = await unmask.loadModel("/models/tiny/", { device: "cpu", threads: 2 });
    await model.generate("Once", { length: 4 }).result();
    await model.dispose();
    return model.info.device;
  });
  assert.equal(device.threads, 1);
  assert.match(device.reason, /one thread, because the build for threads could not be loaded/);
});

eachBrowser("the GPU works from shared memory as well", async ({ page }) => {
  await open(page, isolated);
  const { prompt, ...options } = golden("request");
  const found = await page.evaluate(
    async (prompt, options) => {
      const model = await unmask.loadModel("/models/tiny/", { device: "gpu", dtype: "f32", threads: 2 });
      const { ids, text } = await model.generate(prompt, options).result();
      await model.dispose();
      return { ids, text, device: model.info.device };
    },
    prompt,
    options,
  );
  assert.deepEqual([found.device.kind, found.device.threads], ["gpu", 1]);
  assert.deepEqual({ ids: found.ids, text: found.text }, golden("expected"));
});

eachBrowser("a cancel stops threads in time, and dispose ends them", async ({ page, browser, name, test }) => {
  await open(page, isolated);
  const before = workerThreads(browser.process().pid);
  const { cancelled, after, code } = await page.evaluate(async () => {
    globalThis.model = await unmask.loadModel("/models/tiny/", { device: "cpu", threads: 4 });
    const controller = new AbortController();
    const run = failure(model.generate("Once", { length: 256, select: "even", signal: controller.signal }).result());
    await new Promise((resolve) => setTimeout(resolve, 300));
    const start = performance.now();
    controller.abort();
    const { code } = await run;
    const cancelled = performance.now() - start;
    const after = await model.generate("Once", { length: 4 }).result();
    return { cancelled, after, code };
  });
  test.diagnostic(`${name}: cancelled within ${cancelled.toFixed(0)} ms`);
  assert.equal(code, "aborted");
  assert.equal(after.ids.length, 4);
  // The engine's worker and three threads.
  assert.equal(workerThreads(browser.process().pid) - before, 4);
  await page.evaluate(() => model.dispose());
  let left;
  for (let tries = 0; tries < 100 && left !== 0; tries++) {
    await wait(100);
    left = workerThreads(browser.process().pid) - before;
  }
  assert.equal(left, 0, "workers outlive the model");
});
