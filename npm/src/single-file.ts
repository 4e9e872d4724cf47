/**
 * Entry of `unmask.min.js`, the package in one file for pages without a bundler. The file is its own worker: it looks
 * at the name of the thread that it is loaded on.
 */

import { serveHere } from "./serve-here.js";
import { setDefaultWorker } from "./thread.js";

const NAME = "unmask";

if (typeof DedicatedWorkerGlobalScope !== "undefined" && self.name === NAME) serveHere();
else setDefaultWorker(() => new Worker(workerScript(), { type: "module", name: NAME }));

/** This file, or where it is on another origin than the page, a script that imports it: workers start at home only. */
function workerScript(): string {
  const url = import.meta.url;
  if (new URL(url).origin === globalThis.location.origin) return url;
  const script = new Blob([`import ${JSON.stringify(url)};`], { type: "text/javascript" });
  return URL.createObjectURL(script);
}

declare const DedicatedWorkerGlobalScope: unknown;

export * from "./index.js";
