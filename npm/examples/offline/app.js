/** Offline app: once the page was open and the model was loaded, both work without a network. */
import { isCached, loadModel } from "unmask";

const MODEL = new URL("./model/", location.href);

/** Keeps the app's own files; the package keeps those of the model. */
async function keepApp() {
  await navigator.serviceWorker.register("./service-worker.js");
  await navigator.serviceWorker.ready;
}

export async function start(output) {
  await keepApp();
  output.textContent = (await isCached(MODEL)) ? "Loading from this device" : "Downloading";
  const model = await loadModel(MODEL);
  const { text } = await model.generate("Once upon a time", { length: 16, block: 8 }).result();
  output.textContent = text;
  await model.dispose();
  return text;
}

globalThis.started = start(document.querySelector("output"));
