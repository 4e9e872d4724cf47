/**
 * Loads models of full size, with random weights, over a slow line that breaks once; denoises; prints what it took as
 * JSON.
 *
 *     node full_size.mjs [--models qwen3-0.6b,qwen3-1.7b] [--device cpu] [--dtype q4_0] [--megabytes 200]
 *       [--storage none]
 *
 * `--megabytes` is the line's speed in MB/s. Needs Linux, whose /proc tells what the browser's processes take.
 *
 * Memory is that of all processes of the browser together, without pages of files (their code), beyond what they take
 * with an empty page: the tab's share of the network and storage services is in it, the wasm module and the package too.
 */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { launch } from "../browser/browsers.mjs";
import { serve } from "../browser/server.mjs";
import { checkpoint } from "./random_checkpoint.mjs";

const { values: options } = parseArgs({
  options: {
    models: { type: "string", default: "qwen3-0.6b,qwen3-1.7b" },
    device: { type: "string", default: "cpu" },
    dtype: { type: "string", default: "q4_0" },
    megabytes: { type: "string", default: "200" },
    storage: { type: "string", default: "none" },
  },
});
const SLICE = 1 << 20;
/** Milliseconds after which a new browser has done what it does at its start. */
const SETTLED = 3000;

for (const name of options.models.split(",")) console.log(JSON.stringify(await measure(name)));

async function measure(name) {
  const { config, size, read } = checkpoint(name);
  const line = { bytesPerSecond: Number(options.megabytes) * 1e6, sent: 0, cutAt: size / 2, cuts: 0 };
  const server = await serve(
    { "/pages/": "tests/bench/pages", "/npm/": "npm", "/model/tokenizer.json": "models/tiny/tokenizer.json" },
    {
      intercept: (request, response) => {
        if (request.url === "/model/config.json") return response.end(JSON.stringify(config)), true;
        if (request.url !== "/model/model.safetensors") return false;
        void send(request, response, { size, read }, line);
        return true;
      },
    },
  );
  // A debugger that watches the network keeps every answer, in base64, in the page's own process.
  const browser = await launch("chromium", { networkEnabled: false });
  try {
    const page = await browser.newPage();
    page.on("console", (message) => console.error(message.text()));
    await page.goto("about:blank");
    await wait(SETTLED);
    const memory = watch(browser.process().pid);
    const empty = await memory.now();
    await page.goto(`${server.url}/pages/full_size.html`);
    await page.waitForFunction("globalThis.ready");
    const { device, dtype, storage } = options;
    const found = await page.evaluate((asked) => globalThis.measure(asked), { device, dtype, storage });
    const peakBytes = (await memory.peak()) - empty;
    const allowedBytes = Math.round(1.15 * found.residentBytes + 64e6);
    const isWithin = peakBytes <= allowedBytes;
    return { name, dtype, storage, fileBytes: size, cuts: line.cuts, ...found, peakBytes, allowedBytes, isWithin };
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Answers a range at the line's speed; the line breaks once, in the middle of an answer. */
async function send(request, response, { size, read }, line) {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const [start, end] = from === undefined ? [0, size] : [Number(from), to ? Number(to) + 1 : size];
  const headers = { "accept-ranges": "bytes", "content-length": end - start, etag: '"1"' };
  if (from !== undefined) headers["content-range"] = `bytes ${start}-${end - 1}/${size}`;
  response.writeHead(from === undefined ? 200 : 206, headers);
  if (request.method === "HEAD") return response.end();
  for (let at = start; at < end && !response.destroyed; at += SLICE) {
    const bytes = read(at, Math.min(end, at + SLICE));
    line.sent += bytes.length;
    if (line.cuts === 0 && line.sent > line.cutAt) {
      line.cuts = 1;
      return response.destroy();
    }
    response.write(bytes);
    await wait((1000 * bytes.length) / line.bytesPerSecond);
  }
  response.end();
}

/**
 * Bytes that a process and its children take together, shared pages counted once. Pages of files, the browser's own code,
 * are left out: how many count for it depends on which other browsers run.
 */
function watch(pid) {
  let most = 0;
  const now = async () => {
    const bytes = await memoryOf(pid);
    most = Math.max(most, bytes);
    return bytes;
  };
  const timer = setInterval(now, 500);
  const peak = async () => {
    clearInterval(timer);
    await now();
    return most;
  };
  return { now, peak };
}

async function memoryOf(root) {
  const parents = new Map();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  const belongs = (pid) => pid === root || (parents.has(pid) && parents.get(pid) !== pid && belongs(parents.get(pid)));
  let bytes = 0;
  for (const pid of [...parents.keys()].filter(belongs)) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
    for (const [, kilobytes] of rollup.matchAll(/^Pss_(?:Anon|Shmem): +(\d+) kB/gm)) bytes += 1024 * Number(kilobytes);
  }
  return bytes;
}
