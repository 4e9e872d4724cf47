/** The site without a network: its service worker keeps the built files, and the model that was loaded. */

import { catalogue, folderUrl } from "./catalogue.ts";
import type { Engine } from "./engine.ts";

/** Registers the service worker. A page that may not have one works as before, with a network. */
export async function startOffline(): Promise<void> {
  const worker = new URL("../sw.js", document.baseURI);
  await navigator.serviceWorker?.register(worker).catch((error: unknown) => {
    console.warn("The site will need a network:", error);
  });
}

/** `load`, and then the model's files are kept in the background. */
export function keeping(load: Engine["loadModel"]): Engine["loadModel"] {
  return async (source, options) => {
    const model = await load(source, options);
    void keepModel();
    return model;
  };
}

async function keepModel(): Promise<void> {
  const model = catalogue[0];
  const folder = folderUrl(model, document.baseURI);
  const registration = await navigator.serviceWorker?.ready;
  registration?.active?.postMessage({ keep: model.files.map((name) => new URL(name, folder).href) });
}
