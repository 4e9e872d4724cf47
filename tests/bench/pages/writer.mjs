/** Unmask as a writer: `?device=gpu`, or `?device=cpu&threads=N`. */
import { loadModel } from "/npm/dist/index.js";

const query = new URLSearchParams(location.search);
const device = query.get("device");
const threads = Number(query.get("threads") ?? 1);
const models = new Map();

window.contender = {
  /** Makes `name` one of the models; tells where it runs. */
  async load(name) {
    const address = new URL(`/models/${name}.gguf`, location.href);
    const model = await loadModel(address, { device, threads, dtype: "q4_0", storage: "none" });
    if (model.info.device.threads !== threads) throw new Error(model.info.device.reason);
    models.set(name, model);
    return model.info.device.adapter;
  },
  /** Answers a message; tokens up to the stop token, and the seconds they took. */
  async write(name, content, options) {
    const model = models.get(name);
    let rows = 0;
    const start = performance.now();
    const generation = model.chat([{ role: "user", content }], options);
    for await (const frame of generation) rows += frame.rows;
    const { ids, forwards } = await generation.result();
    const seconds = (performance.now() - start) / 1000;
    const end = ids.findIndex((id) => model.info.stopIds.includes(id));
    return { seconds, ids: end < 0 ? ids : ids.slice(0, end + 1), forwards, rows };
  },
};
