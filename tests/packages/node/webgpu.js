/** Generates from a local folder on a GPU, by the npm package `webgpu`: `node webgpu.js FOLDER REQUEST.json`. */
import { readFile } from "node:fs/promises";
import { loadModel } from "unmask";
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);
Object.defineProperty(globalThis, "navigator", { value: { gpu: create([]) }, configurable: true });

const [folder, request] = process.argv.slice(2);
const { prompt, ...options } = JSON.parse(await readFile(request, "utf8"));
const model = await loadModel(folder, { device: "gpu", dtype: "f32" });
const { ids, text } = await model.generate(prompt, options).result();
await model.dispose();
console.log(JSON.stringify({ inWorker: model.inWorker, device: model.info.device, ids, text }));
// Dawn's own threads would keep the process.
process.exit(0);
