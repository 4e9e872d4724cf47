/**
 * Entry of `unmask_threads.min.js`: the engine that was built for threads. The file is the script of its threads, too:
 * it looks at the name of the worker that it is loaded in. So no bundler has to find a worker in a worker.
 */

import * as glue from "../../threads/unmask_threads.js";
import type { WasmModule } from "../wasm-api.js";
import { ownScript } from "./script.js";

const NAME = "unmask-thread";

/** What a thread makes its instance of. */
type Parts = ReturnType<typeof glue.sharedParts>;

if (globalThis.self?.name === NAME) self.onmessage = ({ data }: MessageEvent<Parts>) => become(data);

/** The engine, from the wasm at `url`. */
export async function open(url: string): Promise<WasmModule> {
  await glue.default({ module_or_path: url });
  const { WasmModel, onPanic, version } = glue;
  return { WasmModel, onPanic, version, startThreads };
}

/** Workers that serve. They end with the worker that started them. */
const workers: Worker[] = [];

/**
 * Starts what is missing of `count` threads, the calling one among them.
 * @returns how many there are
 */
async function startThreads(count: number): Promise<number> {
  const parts = glue.sharedParts();
  const missing = Math.max(0, count - 1 - workers.length);
  const started = await Promise.allSettled(Array.from({ length: missing }, () => start(parts)));
  for (const outcome of started) if (outcome.status === "fulfilled") workers.push(outcome.value);
  return workers.length + 1;
}

/** A worker that is about to serve. */
function start(parts: Parts): Promise<Worker> {
  const worker = new Worker(ownScript(import.meta.url), { type: "module", name: NAME });
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve(worker);
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      reject(new Error(event.message));
    };
    worker.postMessage(parts);
  });
}

/** Makes this worker a thread of the engine. */
function become(parts: Parts): void {
  glue.initSync(parts);
  self.postMessage("ready");
  try {
    glue.serveThread();
  } catch (error) {
    // The engine waits for this thread: without the word it would do so for ever.
    glue.failThread();
    throw error;
  }
}
