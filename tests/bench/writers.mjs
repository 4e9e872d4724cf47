/** Who writes, and how each answers a message. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { open } from "./contenders.mjs";

const execute = promisify(execFile);

/** The model that both engines run. */
export const AUTOREGRESSIVE = "tiny-ar";

/** Unmask's models, with the options of each; the caches of the causal and the block-causal one are exact. */
export const WRITERS = {
  [AUTOREGRESSIVE]: {},
  "tiny-block": { threshold: 0.9 },
  tiny: { threshold: 0.9, block: 8, cache: "dual" },
};

const PLACES = [
  { place: "chromium, wasm", unmask: "device=cpu&threads=1", transformers: "device=wasm&threads=1" },
  { place: "chromium, wasm, 2 threads", unmask: "device=cpu&threads=2", transformers: "device=wasm&threads=2" },
  { place: "chromium, WebGPU", unmask: "device=gpu", transformers: "device=webgpu" },
];

/**
 * @typedef {object} Writer
 * @property {string} engine
 * @property {string} model
 * @property {string} place
 * @property {() => Promise<string>} load says on what it runs
 * @property {(message: string, length: number) => Promise<{ seconds: number, ids: number[], forwards: number,
 *   rows: number }>} write answers with so many tokens at most; the rows are those of the network in all forwards
 */

/**
 * Opens a page for each engine in each place of a browser.
 * @param {string} url of the server
 * @param {string} places only those that match this
 * @returns {Promise<{ writers: Writer[], versions: Record<string, string>, close(): Promise<void> }>}
 */
export async function openWriters(url, places) {
  const wanted = PLACES.filter(({ place }) => place.match(places)).flatMap(({ place, unmask, transformers }) => [
    { engine: "transformers.js", place, browser: "chromium", query: `contender=transformers&${transformers}` },
    { engine: "unmask", place, browser: "chromium", query: `contender=writer&${unmask}` },
  ]);
  const { opened, versions, close } = await open(url, wanted);
  const writers = opened.flatMap(({ engine, place, page }) => {
    const models = engine === "unmask" ? WRITERS : { [AUTOREGRESSIVE]: {} };
    return Object.entries(models).map(([model, options]) => ({
      engine,
      model,
      place,
      load: () => page.evaluate((model) => window.contender.load(model), model),
      write: (message, length) =>
        page.evaluate((...args) => window.contender.write(...args), model, message, { length, ...options }),
    }));
  });
  return { writers, versions, close };
}

/**
 * The command line on each of its devices.
 * @param {string} unmask the program
 * @param {string} folder of the models
 * @param {string} places only those that match this
 * @returns {Writer[]}
 */
export function nativeWriters(unmask, folder, places) {
  const writers = ["gpu", "cpu"].flatMap((device) =>
    Object.entries(WRITERS).map(([model, options]) => {
      const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
      const write = async (message, length) => {
        const settings = ["--model", `${folder}/${model}.gguf`, "--dtype", "q4_0", "--device", device];
        const asked = ["--chat", message, "--length", `${length}`];
        const { stdout } = await execute(unmask, ["generate", ...settings, ...asked, ...flags, "--json"]);
        return answer(stdout.trim().split("\n").map((line) => JSON.parse(line)));
      };
      const place = `native, ${device === "gpu" ? "WebGPU" : "CPU"}`;
      return { engine: "unmask", model, place, load: async () => device, write };
    }),
  );
  return writers.filter(({ place }) => place.match(places));
}

/** The command line's lines: frames, then the result. */
function answer(lines) {
  const { ids, forwards, seconds } = lines.at(-1);
  const rows = lines.reduce((sum, { frame }) => sum + (frame?.rows ?? 0), 0);
  const end = ids.indexOf(0);
  return { seconds, forwards, rows, ids: end < 0 ? ids : ids.slice(0, end + 1) };
}
