/** Unmask as a contender: `?device=gpu`, or `?device=cpu&threads=N`. */
import { loadModel } from "/npm/dist/index.js";

const query = new URLSearchParams(location.search);
const device = query.get("device");
const threads = Number(query.get("threads") ?? 1);
let model;
/** Ids that are kept before the masks. */
let behind;

/** Steps of a run behind a text. */
const STEPS = 8;

/** One step that forwards all of `ids` and commits every mask among them. */
async function run(ids, mask) {
  const tokens = [...ids];
  const confidence = ids.map(() => 1);
  const canvas = segments(ids, mask);
  const start = performance.now();
  for await (const { committed } of model.generate({ canvas }, { steps: 1 })) {
    for (const { position, id, confidence: value } of committed) {
      tokens[position] = id;
      confidence[position] = value;
    }
  }
  // The way to the worker and back is part of it.
  return { seconds: (performance.now() - start) / 1000, tokens, confidence };
}

/** Runs of masks, and of other ids. */
function segments(ids, mask) {
  const canvas = [];
  for (const id of ids) {
    const last = canvas.at(-1);
    if (id === mask && last?.mask) last.mask += 1;
    else if (id === mask) canvas.push({ mask: 1 });
    else if (last?.ids) last.ids.push(id);
    else canvas.push({ ids: [id] });
  }
  return canvas;
}

/** What a model runs on, which has to be what was asked for. */
function told({ adapter, threads: got, reason }, wanted) {
  if (got !== wanted) throw new Error(`${wanted} threads were asked for, and there are ${got}: ${reason}`);
  return adapter;
}

window.contender = {
  /** Makes `name` the model that runs; tells where. */
  async load(name) {
    await model?.dispose();
    const address = new URL(`/models/${name}.gguf`, location.href);
    model = await loadModel(address, { device, threads, dtype: "q4_0", storage: "none" });
    return told(model.info.device, threads);
  },
  /** Proposals of every row of `ids`, and the seconds they took. */
  run,
  /**
   * Makes `name` the model, and keeps the keys and values of a text: as a block that does not see what is behind it, so
   * that they are exact.
   */
  async prepare(name, text) {
    await model?.dispose();
    const settings = { device, threads, dtype: "q4_0", storage: "none", conventions: { blockSize: text.length } };
    model = await loadModel(new URL(`/models/${name}.gguf`, location.href), settings);
    behind = text;
  },
  /** Proposals of masks behind that text; and the median of the seconds of steps that forward just them. */
  async runBehind(ids) {
    const canvas = [{ ids: behind }, { mask: ids.length }];
    const proposed = await model.generate({ canvas }, { steps: 1, exit: "full" }).result();
    const seconds = [];
    let before = 0;
    for await (const frame of model.generate({ canvas }, { steps: STEPS, exit: "full" })) {
      if (frame.rows === ids.length) seconds.push(frame.seconds - before);
      before = frame.seconds;
    }
    seconds.sort((a, b) => a - b);
    if (seconds.length < STEPS / 2) throw new Error("the text was forwarded again and again");
    return { seconds: seconds[seconds.length >> 1], tokens: proposed.ids.slice(-ids.length) };
  },
};
