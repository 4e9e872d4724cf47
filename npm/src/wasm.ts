/** Instantiating the engine's wasm, once for a thread: the build for threads where it has any, else the other. */

import * as glue from "../wasm/unmask_wasm.js";
import { UnmaskError } from "./errors.js";
import { hasDisk, readFromDisk } from "./source/disk.js";
import type { ThreadCount } from "./threads/choice.js";
import type { WasmModule } from "./wasm-api.js";

/** Where the engine is served, where that is not beside the package's own modules. */
export interface EngineUrls {
  /** Of `unmask_wasm_bg.wasm`. */
  readonly wasm?: string | undefined;
  /** Of `unmask_threads.min.js`. */
  readonly threads?: string | undefined;
}

let instance: Promise<WasmModule> | undefined;
let threaded: Promise<WasmModule> | undefined;

/**
 * The engine, for a number of threads; by default fetched from beside this module. The first address that works is
 * kept. Where the build for threads cannot be had, the other one says so in its `whyOne`.
 */
export async function loadWasm(
  urls: EngineUrls = {},
  { count, whyOne }: ThreadCount = { count: 1 },
): Promise<WasmModule> {
  if (count === 1) return { ...(await single(urls.wasm)), ...(whyOne !== undefined && { whyOne }) };
  try {
    threaded ??= openThreaded(urls);
    return await threaded;
  } catch (error) {
    threaded = undefined;
    const reason = `one thread, because the build for threads could not be loaded: ${String(error)}`;
    return { ...(await single(urls.wasm)), whyOne: reason };
  }
}

function single(url: string | undefined): Promise<WasmModule> {
  // Bundlers look for exactly this expression to find the file.
  instance ??= instantiate(url ?? new URL("../wasm/unmask_wasm_bg.wasm", import.meta.url));
  instance.catch(() => (instance = undefined));
  return instance;
}

async function instantiate(url: string | URL): Promise<WasmModule> {
  try {
    // Not every `fetch` reads the disk: Node's does not.
    const isOnDisk = String(url).startsWith("file:") && hasDisk();
    await glue.default({ module_or_path: isOnDisk ? await readFromDisk(url) : url });
    const { WasmModel, onPanic, version } = glue;
    return { WasmModel, onPanic, version };
  } catch (error) {
    const remedy =
      "Serve unmask_wasm_bg.wasm and pass its address as wasmUrl; a content security policy must allow 'wasm-unsafe-eval'.";
    throw new UnmaskError(
      "network",
      `The engine's wasm (${String(url)}) could not be loaded: ${String(error)}. ${remedy}`,
      { cause: error },
    );
  }
}

/** The build for threads: a script and a wasm, which bundlers copy as they are. */
async function openThreaded({ wasm, threads }: EngineUrls): Promise<WasmModule> {
  if (wasm !== undefined && threads === undefined) {
    throw new Error("wasmUrl says where the build for one thread is; give threadsUrl as well");
  }
  const script = threads ?? new URL("../threads/unmask_threads.min.js", import.meta.url).href;
  const module =
    threads === undefined
      ? new URL("../threads/unmask_threads_bg.wasm", import.meta.url)
      : new URL("unmask_threads_bg.wasm", threads);
  const engine = (await import(
    /* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ script
  )) as {
    open(url: string): Promise<WasmModule>;
  };
  return engine.open(module.href);
}
