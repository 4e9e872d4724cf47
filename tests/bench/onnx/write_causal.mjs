/**
 * Writes the ONNX twin of a causal model of q4_0 where transformers.js looks for it: FOLDER/onnx/model_q4.onnx. The
 * other files of FOLDER are the checkpoint's own.
 *
 *     node write_causal.mjs NAME.gguf FOLDER
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { argv } from "node:process";
import { causalGraph } from "./causal.mjs";
import { read } from "./gguf.mjs";
import { encode } from "./schema.mjs";

const [source, folder] = argv.slice(2);
const config = JSON.parse(await readFile(`${folder}/config.json`, "utf8"));
await mkdir(`${folder}/onnx`, { recursive: true });
await writeFile(`${folder}/onnx/model_q4.onnx`, encode(causalGraph(config, await read(source))));
