/** transformers.js as a writer: `?device=webgpu`, or `?device=wasm&threads=N`. */
import { AutoModelForCausalLM, AutoTokenizer, env } from "/transformers/transformers.min.js";

const query = new URLSearchParams(location.search);
const device = query.get("device");
Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: "/models/", useBrowserCache: false });
Object.assign(env.backends.onnx.wasm, { wasmPaths: "/transformers-ort/", numThreads: Number(query.get("threads") ?? 1) });

const models = new Map();

window.contender = {
  /** Makes `name` one of the models; tells where it runs. */
  async load(name) {
    const tokenizer = await AutoTokenizer.from_pretrained(name);
    const model = await AutoModelForCausalLM.from_pretrained(name, { device, dtype: "q4" });
    models.set(name, { tokenizer, model });
    return device;
  },
  /** Answers a message, greedily; tokens up to the stop token, and the seconds they took. */
  async write(name, content, { length }) {
    const { tokenizer, model } = models.get(name);
    const start = performance.now();
    const inputs = tokenizer.apply_chat_template([{ role: "user", content }], {
      add_generation_prompt: true,
      return_dict: true,
    });
    const output = await model.generate({ ...inputs, max_new_tokens: length, do_sample: false });
    const seconds = (performance.now() - start) / 1000;
    const prompt = inputs.input_ids.dims[1];
    const ids = [...output.data].slice(prompt).map(Number);
    return { seconds, ids, forwards: ids.length, rows: prompt + ids.length - 1 };
  },
};
