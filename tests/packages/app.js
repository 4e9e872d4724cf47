/** What every project here does: load the embedded model in a worker, generate, and leave the text for the test. */
import { loadModel, mask } from "unmask";

async function run() {
  const model = await loadModel("/models/tiny/", { device: "cpu", dtype: "f32", threads: 2 });
  const { prompt, ...options } = await (await fetch("/request.json")).json();
  const { ids, text } = await model.generate(prompt, options).result();
  const filled = await model.fill`Once ${mask(2)} a time`.result();
  await model.dispose();
  return { inWorker: model.inWorker, threads: model.info.device.threads, ids, text, filled: filled.text };
}

globalThis.outcome = run().catch(({ code, message }) => ({ code, message }));
