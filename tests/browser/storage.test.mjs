/** What the package keeps of a download, in the browsers' own stores. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { serve } from "./server.mjs";

const WEIGHTS = "/models/tiny/model.safetensors";
/** Bytes of a kept chunk; the weights of the embedded model are three. */
const CHUNK = 4 << 20;

let server;
/** What happens to requests below /models/: nothing, "down", or "breaks": the second chunk ends in its middle, and all is down. */
let mood;
before(async () => {
  server = await serve(
    { "/": "tests/browser/pages", "/npm/": "npm", "/models/": "models" },
    {
      intercept: (request, response) => {
        if (!request.url.startsWith("/models/")) return false;
        if (mood === "breaks") return breakOff(request, response);
        if (mood === "down") response.destroy();
        return mood === "down";
      },
    },
  );
});
after(() => server.close());

/** Half of what is asked for, where that is the second chunk of the weights; then the connection is gone, and the server. */
function breakOff({ url, headers }, response) {
  const [start, last] = /=(\d+)-(\d+)/.exec(headers.range ?? "")?.slice(1).map(Number) ?? [];
  if (url !== WEIGHTS || start !== CHUNK) return false;
  const bytes = readFileSync(new URL("../../models/tiny/model.safetensors", import.meta.url));
  mood = "down";
  response.writeHead(206, { "content-range": `bytes ${start}-${last}/${bytes.length}`, "content-length": last - start + 1 });
  response.write(bytes.subarray(start, (start + last) >> 1), () => response.destroy());
  return true;
}

const open = async (page) => {
  mood = "up";
  await page.goto(`${server.url}/package.html`);
  await page.waitForFunction("globalThis.ready");
};

/**
 * First bytes of the ranges of weights that were asked for since the last look, larger ones than a question's; or than
 * the `least` bytes, which the first look at a file's header has.
 */
function fetched(least = 1) {
  const requests = server.requests.splice(0).filter(({ path }) => path === WEIGHTS);
  const ranges = requests.map(({ range }) => /=(\d+)-(\d+)/.exec(range).slice(1).map(Number));
  return ranges.filter(([start, last]) => last >= start + least).map(([start]) => start);
}

/** Loads the embedded model in the page, generates a little, and tells what was reported last. */
const load = (page, options) =>
  page.evaluate(async (options) => {
    let last;
    const onProgress = (progress) => (last = progress);
    const model = await unmask.loadModel("/models/tiny/", { device: "cpu", onProgress, ...options });
    const { text } = await model.generate("Once", { length: 4 }).result();
    await model.dispose();
    return { text, ...last };
  }, options);

for (const storage of ["opfs", "cache-api"]) {
  eachBrowser(`keeps a download in ${storage}, lists it and removes it`, async ({ page }) => {
    await open(page);
    fetched();
    const first = await load(page, { storage });
    assert.equal(first.storage, storage);
    assert.deepEqual(fetched(), [0, 0, CHUNK, 2 * CHUNK]);
    const again = await load(page, { storage });
    assert.deepEqual(fetched(), []);
    assert.equal(again.text, first.text);
    const weights = again.files.find(({ file }) => file === "model.safetensors");
    assert.equal(weights.kept, weights.total);
    mood = "down";
    assert.equal((await load(page, { storage })).text, first.text, "without the server");
    const cached = await page.evaluate(async (storage) => {
      const { isCached, listCached, deleteCached } = unmask;
      const before = [await isCached("/models/tiny/", { storage }), await listCached({ storage })];
      await deleteCached("/models/tiny/", { storage });
      return [...before, await isCached("/models/tiny/", { storage }), await listCached({ storage })];
    }, storage);
    const [isHere, [{ source, bytes, complete }], ...rest] = cached;
    assert.deepEqual([isHere, source, complete], [true, `${server.url}/models/tiny/`, true]);
    assert.ok(bytes >= weights.total);
    assert.deepEqual(rest, [false, []]);
  });
}

eachBrowser("goes on where a download was cut off", async ({ page }) => {
  await open(page);
  const aborted = await page.evaluate(async () => {
    const controller = new AbortController();
    const onProgress = ({ files }) => files.some(({ loaded }) => loaded > 5 << 20) && controller.abort();
    return failure(unmask.loadModel("/models/tiny/", { device: "cpu", signal: controller.signal, onProgress }));
  });
  assert.equal(aborted.code, "aborted");
  assert.equal(await page.evaluate(() => unmask.isCached("/models/tiny/")), false);
  fetched();
  const { storage } = await load(page, {});
  assert.equal(storage, "opfs");
  const starts = fetched();
  assert.ok(!starts.includes(0) || starts.filter((start) => start === 0).length === 1, String(starts));
  assert.ok(starts.includes(2 * CHUNK), String(starts));
});

eachBrowser("goes on where the network broke off", async ({ page }) => {
  await open(page);
  mood = "breaks";
  const broken = await page.evaluate(() => failure(unmask.loadModel("/models/tiny/", { device: "cpu" })));
  assert.equal(broken.code, "network", JSON.stringify(broken));
  assert.equal(mood, "down", "the second chunk was asked for");
  mood = "up";
  fetched();
  const { text } = await load(page, {});
  assert.deepEqual(fetched(1 << 16), [CHUNK, 2 * CHUNK], "what came before is here");
  assert.equal((await load(page, { storage: "none" })).text, text);
});

eachBrowser("fetches again what is spoilt at rest", async ({ page }) => {
  await open(page);
  const { text } = await load(page, {});
  const spoilt = await page.evaluate(async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("unmask");
    let count = 0;
    for await (const folder of root.values()) {
      for await (const file of folder.values()) {
        if (!file.name.endsWith(".1")) continue;
        const writable = await file.createWritable({ keepExistingData: true });
        await writable.write({ type: "write", position: 1000, data: new Uint8Array(50) });
        await writable.close();
        count += 1;
      }
    }
    return count;
  });
  assert.equal(spoilt, 1, "the weights have a second chunk");
  fetched();
  assert.equal((await load(page, {})).text, text);
  assert.ok(fetched().includes(CHUNK));
  assert.equal((await load(page, {})).text, text);
  assert.deepEqual(fetched(), []);
});

eachBrowser("two tabs download each chunk once", async ({ page, browser }) => {
  await open(page);
  const other = await browser.newPage();
  await open(other);
  fetched();
  const [one, two] = await Promise.all([load(page, {}), load(other, {})]);
  assert.equal(one.text, two.text);
  const starts = fetched().filter((start) => start > 0);
  assert.deepEqual(starts.sort((a, b) => a - b), [CHUNK, 2 * CHUNK]);
  assert.equal((await load(page, {})).text, one.text);
  assert.deepEqual(fetched(), []);
});

eachBrowser("loads when the store is full, and says so", async ({ page, name }) => {
  await open(page);
  const { text } = await load(page, { storage: "none" });
  await page.evaluate(() => {
    const full = () => Promise.reject(new DOMException("no room", "QuotaExceededError"));
    FileSystemWritableFileStream.prototype.write = full;
  });
  const full = await load(page, { worker: false });
  assert.deepEqual([full.text, full.storage], [text, "full"]);
  assert.equal(await page.evaluate(() => unmask.isCached("/models/tiny/")), false);
  if (name !== "chromium") return;
  // Chromium can be told a real quota.
  const session = await page.createCDPSession();
  await session.send("Storage.overrideQuotaForOrigin", { origin: server.url, quotaSize: 6 << 20 });
  const inWorker = await load(page, {});
  assert.deepEqual([inWorker.text, inWorker.storage], [text, "full"]);
});

eachBrowser("a limit makes room at the cost of what was used least recently", async ({ page }) => {
  await open(page);
  const { after, over } = await page.evaluate(async () => {
    const options = { device: "cpu", cacheLimit: 16 << 20 };
    for (const source of ["/models/tiny/?a", "/models/tiny/?b"])
      await (await unmask.loadModel(source, options)).dispose();
    const after = await unmask.listCached();
    let over;
    const onProgress = ({ storage }) => (over = storage);
    await (await unmask.loadModel("/models/tiny/?c", { ...options, cacheLimit: 1 << 20, onProgress })).dispose();
    return { after, over };
  });
  assert.deepEqual(after.map(({ source, complete }) => [source, complete]), [[`${server.url}/models/tiny/?b`, true]]);
  assert.equal(over, "full");
});

eachBrowser("estimates memory before any weight is downloaded", async ({ page }) => {
  await open(page);
  fetched();
  const estimates = await page.evaluate(async () => {
    const estimates = {};
    for (const dtype of ["f32", "q8_0", "q4_0"]) estimates[dtype] = await unmask.estimateMemory("/models/tiny/", { dtype });
    return estimates;
  });
  const ranges = server.requests.splice(0).filter(({ path }) => path === WEIGHTS).map(({ range }) => range);
  assert.deepEqual(ranges, Array(3).fill("bytes=0-65535"), "the header and no more");
  const { info } = await page.evaluate(async () => {
    const model = await unmask.loadModel("/models/tiny/", { device: "cpu", dtype: "q4_0" });
    await model.dispose();
    return { info: model.info };
  });
  assert.equal(estimates.q4_0.residentBytes, info.residentBytes);
  assert.equal(estimates.q4_0.parameters, info.parameters);
  assert.equal(estimates.f32.residentBytes, info.parameters * 4);
  assert.ok(estimates.q8_0.residentBytes < estimates.f32.residentBytes / 3);
});

eachBrowser("what is kept gives the first frame a moment after the click", async ({ page, name, test }) => {
  await open(page);
  await load(page, {});
  const milliseconds = await page.evaluate(async () => {
    const clicked = performance.now();
    const model = await unmask.loadModel("/models/tiny/", { device: "cpu" });
    const loaded = performance.now();
    for await (const _ of model.generate("Once upon a time")) break;
    const framed = performance.now();
    await model.dispose();
    return { loaded: loaded - clicked, framed: framed - clicked };
  });
  test.diagnostic(`${name}: loaded after ${milliseconds.loaded.toFixed(0)} ms, first frame after ${milliseconds.framed.toFixed(0)} ms`);
  // A second on a machine that does nothing else.
  assert.ok(milliseconds.framed < 5000, `${milliseconds.framed} ms`);
});
