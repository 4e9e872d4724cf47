/** Who takes part, and how each makes one forward. */
import { execFile } from "node:child_process";
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
 */

/**
 * Opens a page for every contender in a browser.
 * @param {string} url of the server
 * @param {string} places only contenders whose place contains this
 * @returns {Promise<{ contenders: Contender[], versions: Record<string, string>, close(): Promise<void> }>}
 */
export async function pages(url, places) {
  const { opened, versions, close } = await open(url, PAGES.filter(({ place }) => place.includes(places)));
  const contenders = opened.map(({ engine, place, page }) => ({
    engine,
    place,
    load: (model) => page.evaluate((model) => window.contender.load(model), model),
    run: (ids, mask) => page.evaluate((ids, mask) => window.contender.run(ids, mask), ids, mask),
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
 * @param {string} places only contenders whose place contains this
 * @returns {Contender[]}
 */
export function native(unmask, folder, places) {
  const contender = (device) => {
    let file;
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
    };
    function bench(file) {
      return ["bench", "--model", file, "--dtype", "q4_0", "--device", device, "--repeats", "1", "--json"];
    }
  };
  return NATIVE.map(contender).filter(({ place }) => place.includes(places));
}
