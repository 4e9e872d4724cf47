/**
 * Entry of `unmask_threads.min.js`: the engine that was built for threads. The file is the script of its threads, too:
 * it looks at the name of the worker that it is loaded in. So no bundler has to find a worker in a worker.
 */

import * as glue from "../../threads/unmask_threads.js";
import type { Threads, WasmModule } from "../wasm-api.js";
import { ownScript } from "./script.js";

const NAME = "unmask-thread";

/** To a thread: what its instance is made of; after that, the wish that it serves. */
type ToThread = ReturnType<typeof glue.sharedParts> | "work";

if (globalThis.self?.name === NAME) {
  self.onmessage = ({ data }: MessageEvent<ToThread>) => (data === "work" ? serve() : glue.initSync(data));
  self.postMessage("up");
}

/** The engine, from the wasm at `url`. */
export async function open(url: string): Promise<WasmModule> {
  await glue.default({ module_or_path: url });
  const { WasmModel, onPanic, version } = glue;
  return { WasmModel, onPanic, version, threads };
}

/** They end with the worker that started them. */
const workers: Worker[] = [];
let started: Promise<number> | undefined;
/** Calls of `work` that are not ended by `rest`. */
let tasks = 0;

const threads: Threads = {
  start(count) {
    started ??= start(count - 1);
    return started;
  },
  // A worker that waits in wasm has no event loop, and cannot even be told that its page is gone before it has one
  // again. So they wait there only while there is something to do.
  work() {
    if (tasks++ > 0) return;
    glue.openThreads();
    for (const worker of workers) worker.postMessage("work" satisfies ToThread);
  },
  rest() {
    if (--tasks === 0) glue.closeThreads();
  },
};

async function start(count: number): Promise<number> {
  const parts = glue.sharedParts();
  // One after the other: Firefox may block in `new Worker` for good while another one starts.
  for (let i = 0; i < count; i++) {
    const worker = await spawn().catch(() => undefined);
    if (!worker) break;
    worker.postMessage(parts);
    workers.push(worker);
  }
  return workers.length + 1;
}

/** A worker whose script runs. */
function spawn(): Promise<Worker> {
  const worker = new Worker(ownScript(import.meta.url), { type: "module", name: NAME });
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve(worker);
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      reject(new Error(event.message));
    };
  });
}

/** Works for the engine until its tasks are done. */
function serve(): void {
  try {
    glue.serveThread();
  } catch (error) {
    // The engine waits for this thread: without the word it would do so for ever.
    glue.failThread();
    throw error;
  }
}
