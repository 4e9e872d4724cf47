/** Node script: `node node-script.mjs FOLDER "Once upon a time"` prints what a model in a folder makes of a prompt. */
import { loadModel } from "unmask";

const [folder, prompt] = process.argv.slice(2);
const model = await loadModel(folder);
const { text, forwards, device } = await model.generate(prompt, { length: 32, block: 16 }).result();
console.log(prompt + text);
console.error(`${forwards} forwards on ${device}`);
await model.dispose();
