/**
 * Entry of `unmask.min.js`, the package in one file for pages without a bundler. The file is its own worker: it looks
 * at the name of the thread that it is loaded on.
 */

import { serveHere } from "./serve-here.js";
import { setDefaultWorker } from "./thread.js";
import { ownScript } from "./threads/script.js";

const NAME = "unmask";

if (typeof DedicatedWorkerGlobalScope !== "undefined" && self.name === NAME) serveHere();
else setDefaultWorker(() => new Worker(ownScript(import.meta.url), { type: "module", name: NAME }));

declare const DedicatedWorkerGlobalScope: unknown;

export * from "./index.js";
