/**
 * Writes the ONNX twins of a model of q4_0: NAME.fused.onnx with one operator for attention, NAME.plain.onnx with
 * products and a softmax; and both as NAME.fused.past.onnx and NAME.plain.past.onnx, whose rows stand behind others.
 *
 *     node write.mjs NAME.gguf config.json NAME
 */
import { readFile, writeFile } from "node:fs/promises";
import { argv } from "node:process";
import { read } from "./gguf.mjs";
import { graph } from "./graph.mjs";
import { encode } from "./schema.mjs";

const [source, configFile, name] = argv.slice(2);
const weights = await read(source);
const config = JSON.parse(await readFile(configFile, "utf8"));
for (const [kind, fusedAttention] of Object.entries({ fused: true, plain: false })) {
  for (const [ending, hasPast] of Object.entries({ onnx: false, "past.onnx": true })) {
    await writeFile(`${name}.${kind}.${ending}`, encode(graph(config, weights, { fusedAttention, hasPast })));
  }
}
