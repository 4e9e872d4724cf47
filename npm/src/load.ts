/** Loading a model. */

import { WorkerBackend } from "./client.js";
import { UnmaskError } from "./errors.js";
import { interruption, unlessInterrupted } from "./interrupt.js";
import { QueuedModel } from "./model.js";
import type { LoadArgs } from "./protocol.js";
import { resolveSource } from "./source/spec.js";
import { absoluteUrl, startWorker } from "./thread.js";
import type { LoadOptions, Model, ModelSource } from "./types.js";

/**
 * Loads a checkpoint and makes it ready to generate.
 * ```ts
 * const model = await loadModel("owner/name", { onProgress, signal });
 * ```
 * @throws {UnmaskError} with a stable `code`: `missing_file`, `network`, `unsupported_model`, `aborted`, ...
 */
export async function loadModel(source: ModelSource, options: LoadOptions = {}): Promise<Model> {
  const { signal } = options;
  if (signal?.aborted) throw interruption(signal, "Loading");
  const args: LoadArgs = {
    source: resolveSource(source, options.hubUrl),
    device: options.device ?? "auto",
    dtype: options.dtype ?? "auto",
  };
  const backend = (await loadInWorker(args, options)) ?? (await loadHere(args, options));
  return new QueuedModel(backend);
}

async function loadInWorker(args: LoadArgs, options: LoadOptions) {
  const client = await startWorker(options);
  if (!client) return undefined;
  const wasmUrl = absoluteUrl(options.wasmUrl);
  const loading = client.call(
    "load",
    { wasmUrl, load: args },
    { onEvent: (progress) => options.onProgress?.(progress) },
  );
  try {
    return new WorkerBackend(client, await unlessInterrupted(loading, options.signal, "Loading"));
  } catch (error) {
    // Ending the worker stops a download at once and leaves nothing behind.
    client.close(UnmaskError.from(error));
    throw error;
  }
}

async function loadHere(args: LoadArgs, options: LoadOptions) {
  const { signal } = options;
  // Imported only here, so that a page which uses the worker never downloads the engine's glue itself.
  const [{ loadDirect }, { loadWasm }] = await Promise.all([import("./direct.js"), import("./wasm.js")]);
  const wasm = await unlessInterrupted(loadWasm(absoluteUrl(options.wasmUrl)), signal, "Loading");
  return loadDirect(wasm, args, { signal, onProgress: (progress) => options.onProgress?.(progress) });
}
