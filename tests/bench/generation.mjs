/**
 * Has every writer answer the same messages, in turns, and prints the figures as JSON; then measures what a forward
 * costs by its rows where they wrote.
 *
 *     node generation.mjs --unmask PROGRAM --models FOLDER [--repeats 3] [--places WORD]
 *
 * FOLDER has `tiny.gguf`, `tiny-block.gguf`, `tiny-ar.gguf` and the folder `tiny-ar` as transformers.js wants it
 * (`onnx/write_causal.mjs`).
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ISOLATION, REPOSITORY, serve } from "../browser/server.mjs";
import { native, pages } from "./contenders.mjs";
import { AUTOREGRESSIVE, WRITERS, nativeWriters, openWriters } from "./writers.mjs";

const { values: options } = parseArgs({
  options: {
    unmask: { type: "string" },
    models: { type: "string" },
    repeats: { type: "string", default: "3" },
    places: { type: "string", default: "" },
  },
});
const repeats = Number(options.repeats);
const folder = resolve(options.models);

/** Items of the exam that are asked: a task, and how many of its first. */
const ASKED = { story: 2, copying: 1, json: 1, sorting_words: 1, counting: 1, question: 1, rewriting: 1 };
/** Rows of the forwards that are measured by themselves. */
const ROWS = [1, 2, 4, 8, 16, 32, 64];

const require = createRequire(import.meta.url);
const transformers = require.resolve("@huggingface/transformers");
const ort = createRequire(transformers).resolve("onnxruntime-web");
const server = await serve(
  {
    "/pages/": "tests/bench/pages",
    "/npm/": "npm",
    "/models/": folder,
    "/transformers/": resolve(transformers, ".."),
    "/transformers-ort/": resolve(ort, ".."),
  },
  { headers: ISOLATION },
);

const messages = await asked();
const browsers = await openWriters(server.url, options.places);
const writers = [...browsers.writers, ...nativeWriters(options.unmask, folder, options.places)];
for (const writer of writers) {
  console.error(`loading ${name(writer)}`);
  writer.adapter = await writer.load();
}
const texts = await firstAnswers();
const results = await race();
await browsers.close();
const forwards = await forwardTimes();
await server.close();
const { version } = JSON.parse(await readFile(resolve(transformers, "../../package.json"), "utf8"));
const versions = { ...browsers.versions, "transformers.js": version };
console.log(JSON.stringify({ versions, repeats, messages, methods: WRITERS, texts, results, forwards }, null, 1));

function name({ engine, model, place }) {
  return `${engine}, ${model}, ${place}`;
}

/** Task, message and canvas of everything that is asked. */
async function asked() {
  const { default: usual, ...lengths } = JSON.parse(await readFile(`${REPOSITORY}tests/exam/lengths.json`, "utf8"));
  const lists = Object.entries(ASKED).map(async ([task, count]) => {
    const lines = (await readFile(`${REPOSITORY}tests/exam/${task}.jsonl`, "utf8")).split("\n").slice(0, count);
    return lines.map((line) => ({ task, prompt: JSON.parse(line).prompt, length: lengths[task] ?? usual }));
  });
  return (await Promise.all(lists)).flat();
}

/**
 * What everyone answers, which also compiles and allocates; and of the autoregressive model, in how many messages
 * Unmask's ids are the ones of transformers.js in wasm.
 */
async function firstAnswers() {
  for (const writer of writers) {
    console.error(`first answers of ${name(writer)}`);
    writer.answers = [];
    for (const { prompt, length } of messages) writer.answers.push((await writer.write(prompt, length)).ids);
  }
  const peer = writers.find(({ engine, place }) => engine === "transformers.js" && place.includes("wasm"));
  return writers.map((writer) => {
    const isComparable = peer && writer.model === AUTOREGRESSIVE;
    const same = (ids, i) => String(ids) === String(peer.answers[i]);
    return { writer: name(writer), ...(isComparable && { same: writer.answers.filter(same).length }) };
  });
}

async function race() {
  for (const writer of writers) writer.runs = [];
  for (let turn = 1; turn <= repeats; turn++) {
    for (const [message, { task, prompt, length }] of messages.entries()) {
      for (const writer of writers) {
        console.error(`turn ${turn} of ${repeats}, ${task}: ${name(writer)}`);
        const { ids, ...run } = await writer.write(prompt, length);
        writer.runs.push({ message, task, tokens: ids.length, ...run });
      }
    }
  }
  return writers.map(({ engine, model, place, adapter, runs }) => ({ engine, model, place, adapter, runs }));
}

/** Seconds of a forward of `tiny` by its rows, wherever Unmask wrote. */
async function forwardTimes() {
  const places = new Set(writers.filter(({ engine }) => engine === "unmask").map(({ place }) => place));
  const open = await pages(server.url, options.places || "chromium", "unmask");
  const all = [...open.contenders, ...native(options.unmask, folder, options.places)];
  const entries = all
    .filter(({ place }) => places.has(place))
    .map((contender) => ({ contender, seconds: ROWS.map(() => []) }));
  const { mask_token_id: mask } = JSON.parse(await readFile(`${REPOSITORY}models/tiny/config.json`, "utf8"));
  for (const { contender } of entries) await contender.load("tiny");
  for (let turn = 0; turn <= repeats; turn++) {
    for (const [i, count] of ROWS.entries()) {
      for (const { contender, seconds } of entries) {
        const took = await contender.run(Array(count).fill(mask), mask);
        if (turn > 0) seconds[i].push(took.seconds);
      }
    }
  }
  await open.close();
  return entries.flatMap(({ contender: { place }, seconds }) =>
    ROWS.map((rows, i) => ({ place, rows, seconds: seconds[i] })),
  );
}
