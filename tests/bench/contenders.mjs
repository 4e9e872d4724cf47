/** Who takes part, and how each makes one forward. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { launch } from "../browser/browsers.mjs";

const execute = promisify(execFile);

/** Pages that make forwards: where they run and what they are told. */
const PAGES = [
  { engine: "unmask", place: "chromium, WebGPU", browser: "chromium", query: "contender=unmask&device=gpu" },
  { engine: "unmask", place: "chromium, wasm", browser: "chromium", query: "contender=unmask&device=cpu&threads=1" },
  {
    engine: "unmask",
    place: "chromium, wasm, 2 threads",
    browser: "chromium",
    query: "contender=unmask&device=cpu&threads=2",
  },
  { engine: "unmask", place: "firefox, WebGPU", browser: "firefox", query: "contender=unmask&device=gpu" },
  { engine: "unmask", place: "firefox, wasm", browser: "firefox", query: "contender=unmask&device=cpu&threads=1" },
  {
    engine: "unmask",
    place: "firefox, wasm, 2 threads",
    browser: "firefox",
    query: "contender=unmask&device=cpu&threads=2",
  },
  { engine: "onnxruntime-web", place: "chromium, WebGPU", browser: "chromium", query: "contender=onnx&provider=webgpu" },
  { engine: "onnxruntime-web", place: "chromium, wasm", browser: "chromium", query: "contender=onnx&provider=wasm" },
  {
    engine: "onnxruntime-web",
    place: "chromium, wasm, 2 threads",
    browser: "chromium",
    query: "contender=onnx&provider=wasm&threads=2",
  },
];

/** Devices of the command line. */
const NATIVE = ["gpu", "cpu"];

/**
 * @typedef {object} Contender
 * @property {string} engine
 * @property {string} place
 * @property {(model: string) => Promise<string>} load loads a model; says on what
 * @property {(ids: number[], mask: number) => Promise<{ seconds: number, tokens?: number[], confidence?: number[] }>}
 *   run makes one forward; the command line tells no tokens
 * @property {(model: string, text: number[]) => Promise<void>} prepare keeps the keys and values of a text
 * @property {(ids: number[]) => Promise<{ seconds: number, tokens: number[] }>} runBehind makes one forward of masks
 *   behind that text
 */

/**
 * Opens a page for every contender in a browser.
 * @param {string} url of the server
 * @param {string} places only contenders whose place matches this
 * @param {string} engines likewise of the engine
 * @returns {Promise<{ contenders: Contender[], versions: Record<string, string>, close(): Promise<void> }>}
 */
export async function pages(url, places, engines = "") {
  const wanted = PAGES.filter(({ engine, place }) => engine.includes(engines) && place.match(places));
  const { opened, versions, close } = await open(url, wanted);
  const contenders = opened.map(({ engine, place, page }) => ({
    engine,
    place,
    load: (model) => page.evaluate((model) => window.contender.load(model), model),
    run: (ids, mask) => page.evaluate((ids, mask) => window.contender.run(ids, mask), ids, mask),
    prepare: (model, text) => page.evaluate((model, text) => window.contender.prepare(model, text), model, text),
    runBehind: (ids) => page.evaluate((ids) => window.contender.runBehind(ids), ids),
  }));
  return { contenders, versions, close };
}

/**
 * Opens pages, which stay open beside each other.
 * @template {{ engine: string, place: string, browser: string, query: string }} Wanted
 * @param {string} url of the server
 * @param {Wanted[]} wanted
 * @returns {Promise<{ opened: (Wanted & { page: import("puppeteer-core").Page })[], versions: Record<string, string>,
 *   close(): Promise<void> }>}
 */
export async function open(url, wanted) {
  const browsers = new Map();
  for (const name of new Set(wanted.map(({ browser }) => browser))) browsers.set(name, await launch(name));
  const opened = [];
  for (const one of wanted) {
    const page = await browsers.get(one.browser).newPage();
    page.on("pageerror", (error) => console.error(`${one.engine}, ${one.place}: ${error.stack ?? error}`));
    await page.goto(`${url}/pages/index.html?${one.query}`);
    await page.waitForFunction("window.contender");
    opened.push({ ...one, page });
  }
  const versions = {};
  for (const [name, browser] of browsers) versions[name] = await browser.version();
  const close = async () => void (await Promise.all([...browsers.values()].map((browser) => browser.close())));
  return { opened, versions, close };
}

/**
 * The command line on each of its devices.
 * @param {string} unmask the program
 * @param {string} folder of the models
 * @param {string} places only contenders whose place matches this
 * @returns {Contender[]}
 */
export function native(unmask, folder, places) {
  const contender = (device) => {
    let file, behind;
    return {
      engine: "unmask",
      place: `native, ${device === "gpu" ? "WebGPU" : "CPU"}`,
      async load(model) {
        file = `${folder}/${model}.gguf`;
        const { stderr } = await execute(unmask, [...bench(file), "--rows", "1"]);
        return stderr.trim().split(", on ").at(-1);
      },
      async run(ids) {
        const { stdout } = await execute(unmask, [...bench(file), "--rows", `${ids.length}`]);
        return { seconds: JSON.parse(stdout).seconds };
      },
      async prepare(model, text) {
        file = `${folder}/${model}.gguf`;
        behind = text;
      },
      async runBehind(ids) {
        const canvas = `${folder}/canvas.json`;
        await writeFile(canvas, JSON.stringify({ segments: [{ ids: behind }, { mask: ids.length }] }));
        const settings = ["--model", file, "--dtype", "q4_0", "--device", device, "--block-size", `${behind.length}`];
        const flags = ["--canvas", canvas, "--exit", "full", "--json", "--steps"];
        const { stdout } = await execute(unmask, ["generate", ...settings, ...flags, "8"], { maxBuffer: 1 << 26 });
        return { seconds: stepOf(stdout, ids.length) };
      },
    };
    function bench(file) {
      return ["bench", "--model", file, "--dtype", "q4_0", "--device", device, "--repeats", "1", "--json"];
    }
  };
  return NATIVE.map(contender).filter(({ place }) => place.match(places));
}

/** The median of the seconds of steps that forwarded so many rows, of the frames that the command line printed. */
function stepOf(printed, rows) {
  const frames = printed.split("\n").flatMap((line) => (line ? (JSON.parse(line).frame ?? []) : []));
  const took = frames.map((frame, i) => ({ rows: frame.rows, seconds: frame.seconds - (frames[i - 1]?.seconds ?? 0) }));
  const seconds = took.filter((step) => step.rows === rows).map((step) => step.seconds);
  return seconds.sort((a, b) => a - b)[seconds.length >> 1];
}
