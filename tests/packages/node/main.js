/** Generates from a local folder: `node main.js FOLDER REQUEST.json`. */
import { readFile } from "node:fs/promises";
import { loadModel } from "unmask";

const [folder, request] = process.argv.slice(2);
const { prompt, ...options } = JSON.parse(await readFile(request, "utf8"));
const model = await loadModel(folder, { dtype: "f32" });
const { ids, text } = await model.generate(prompt, options).result();
await model.dispose();
console.log(JSON.stringify({ inWorker: model.inWorker, device: model.info.device, ids, text }));
