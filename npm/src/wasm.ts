/** Instantiating the engine's wasm, once for a thread. */

import * as glue from "../wasm/unmask_wasm.js";
import { UnmaskError } from "./errors.js";
import { hasDisk, readFromDisk } from "./source/disk.js";
import type { WasmModule } from "./wasm-api.js";

let instance: Promise<WasmModule> | undefined;

/** The engine, fetched from `url` or, by default, from beside its glue. The first address that works is kept. */
export function loadWasm(url?: string): Promise<WasmModule> {
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
    return glue;
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
