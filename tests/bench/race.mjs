/**
 * Measures one forward of the same models on every engine, in turns, and prints the figures as JSON.
 *
 *     node race.mjs --unmask PROGRAM --models FOLDER [--rows 8,32,128] [--lengths 128,512,2048] [--repeats 5]
 *       [--places WORD]
 *
 * Rows are forwarded by themselves; and of the model `bench`, 32 behind a text that is kept, of both together so many
 * positions. FOLDER has `NAME.gguf`, its twins of `onnx/write.mjs` and `NAME.json` (the checkpoint's config) of each model.
 */
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ISOLATION, serve } from "../browser/server.mjs";
import { native, pages } from "./contenders.mjs";

const { values: options } = parseArgs({
  options: {
    unmask: { type: "string" },
    models: { type: "string" },
    rows: { type: "string", default: "8,32,128" },
    lengths: { type: "string", default: "128,512,1024,2048" },
    repeats: { type: "string", default: "5" },
    places: { type: "string", default: "" },
  },
});
const rows = options.rows.split(",").map(Number);
const lengths = options.lengths.split(",").filter(Boolean).map(Number);
const repeats = Number(options.repeats);
const models = (await readdir(options.models))
  .filter((name) => name.endsWith(".gguf"))
  .map((name) => name.slice(0, -5));

/** Rows behind a text. */
const BEHIND = 32;
/** On a software adapter the forward of a longer text takes minutes. */
const LONGEST_ON_WEBGPU = 512;

const ort = createRequire(import.meta.url).resolve("onnxruntime-web");
const server = await serve(
  {
    "/pages/": "tests/bench/pages",
    "/npm/": "npm",
    "/models/": resolve(options.models),
    "/ort/": resolve(ort, ".."),
  },
  // Threads of wasm need a page that is isolated from other sites.
  { headers: ISOLATION },
);
const open = await pages(server.url, options.places);
const contenders = [...open.contenders, ...native(options.unmask, resolve(options.models), options.places)];

const results = [];
for (const model of models.sort()) results.push(...(await race(model)));
const behind = models.includes("bench") ? await raceBehind("bench") : [];
await open.close();
await server.close();
const ortVersion = JSON.parse(await readFile(resolve(ort, "../../package.json"), "utf8")).version;
console.log(JSON.stringify({ versions: { ...open.versions, "onnxruntime-web": ortVersion }, repeats, results, behind }, null, 1));

/** Everyone on rows behind texts: answers first, then seconds. */
async function raceBehind(model) {
  const { vocab_size: vocabulary, mask_token_id: mask } = JSON.parse(await readFile(`${options.models}/${model}.json`, "utf8"));
  const ids = Array(BEHIND).fill(mask);
  const found = [];
  for (const length of lengths) {
    const text = Array.from({ length: length - BEHIND }, (_, i) => 300 + ((i * 37) % (vocabulary - 300)));
    const able = contenders.filter(({ place }) => length <= LONGEST_ON_WEBGPU || !/^(chromium|firefox), WebGPU/.test(place));
    const entries = [];
    let first;
    for (const contender of able) {
      console.error(`${model}, ${length} positions: ${contender.engine}, ${contender.place}`);
      await contender.prepare(model, text);
      const { tokens } = await contender.runBehind(ids);
      first ??= tokens;
      const same = tokens && { sameTokens: tokens.filter((token, i) => token === first[i]).length / BEHIND };
      entries.push({ contender, seconds: [], ...same });
    }
    for (let turn = 0; turn < repeats; turn++) {
      for (const { contender, seconds } of entries) seconds.push((await contender.runBehind(ids)).seconds);
    }
    for (const { contender: { engine, place }, ...entry } of entries) {
      found.push({ model, engine, place, adapter: "", rows: BEHIND, length, ...entry });
    }
  }
  return found;
}

/** Everyone on one model: answers first, then seconds. */
async function race(model) {
  const config = JSON.parse(await readFile(`${options.models}/${model}.json`, "utf8"));
  const entries = [];
  for (const contender of contenders) {
    console.error(`${model}: ${contender.engine}, ${contender.place}`);
    entries.push({ contender, adapter: await contender.load(model), seconds: rows.map(() => []) });
  }
  const agreement = await agreements(entries, config);
  for (let turn = 0; turn <= repeats; turn++) {
    for (const [i, count] of rows.entries()) {
      console.error(`${model}: turn ${turn} of ${repeats}, ${count} rows`);
      const ids = Array(count).fill(config.mask_token_id);
      for (const { contender, seconds } of entries) {
        const { seconds: took } = await contender.run(ids, config.mask_token_id);
        // The first turn compiles and allocates.
        if (turn > 0) seconds[i].push(took);
      }
    }
  }
  return entries.flatMap(({ contender: { engine, place }, adapter, seconds }, at) =>
    rows.map((count, i) => ({ model, engine, place, adapter, rows: count, seconds: seconds[i], ...agreement[at] })),
  );
}

/**
 * How each agrees with the first that tells tokens: on a canvas half of which is open, the share of open positions with
 * the same token, and the largest difference of a confidence.
 */
async function agreements(entries, { vocab_size: vocabulary, mask_token_id: mask }) {
  const ids = Array.from({ length: 64 }, (_, i) => (i % 4 < 2 ? mask : 300 + ((i * 37) % (vocabulary - 300))));
  const open = ids.flatMap((id, i) => (id === mask ? [i] : []));
  let first;
  const found = [];
  for (const { contender } of entries) {
    const answer = await contender.run(ids, mask);
    if (!answer.tokens) {
      found.push({});
      continue;
    }
    first ??= answer;
    const same = open.filter((i) => answer.tokens[i] === first.tokens[i]).length;
    const differences = open.map((i) => Math.abs(answer.confidence[i] - first.confidence[i]));
    found.push({ sameTokens: same / open.length, largestDifference: Math.max(...differences) });
  }
  return found;
}
