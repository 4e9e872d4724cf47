/** Choosing and starting the thread that the engine runs on. */

import { Client } from "./client.js";
import { UnmaskError, aborted } from "./errors.js";
import { unlessInterrupted } from "./interrupt.js";
import type { LoadOptions } from "./types.js";
import type { EngineUrls } from "./wasm.js";

/** The options that decide the thread. */
export type ThreadOptions = Pick<LoadOptions, "worker" | "workerUrl" | "signal" | "device">;

/** A worker that has said hello, or undefined when this thread is to do the work. */
export async function startWorker(options: ThreadOptions): Promise<Client | undefined> {
  if (options.worker === false) return undefined;
  if (typeof Worker === "undefined") {
    if (options.worker === undefined) return undefined;
    throw new UnmaskError("bad_input", "There are no workers here; pass worker: false.");
  }
  const client = spawn(options.workerUrl);
  try {
    const { webgpu } = await unlessInterrupted(client.hello, options.signal, "Loading");
    if (webgpu || options.worker === true || options.device === "cpu" || !pageHasWebgpu()) return client;
  } catch (error) {
    client.close(UnmaskError.from(error));
    throw error;
  }
  // Firefox shipped WebGPU on the page before it had it in workers: there the page's thread is the better one.
  client.close(aborted("The worker"));
  return undefined;
}

// Bundlers look for exactly this expression to find the worker and its wasm.
let defaultWorker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/** Replaces what starts a worker where the options name no script. */
export function setDefaultWorker(start: () => Worker): void {
  defaultWorker = start;
}

function spawn(url: string | URL | undefined): Client {
  const worker = url === undefined ? defaultWorker() : new Worker(url, { type: "module" });
  const client = new Client(worker, () => worker.terminate());
  // The worker reports its own failures once it runs, so what comes here is that its script did not start.
  worker.onerror = (event) => {
    event.preventDefault();
    const reason = event.message ? ` (${event.message})` : "";
    const remedy =
      "Serve the package's worker.js from the page's own origin and pass its address as workerUrl, or pass worker: false.";
    client.close(
      new UnmaskError(
        "network",
        `The worker ${String(url ?? "of the package")} did not start${reason}. ${remedy}`,
      ),
    );
  };
  return client;
}

function pageHasWebgpu(): boolean {
  return "gpu" in (globalThis.navigator ?? {});
}

/** The engine's addresses among the options. */
export function engineUrls({ wasmUrl, threadsUrl }: LoadOptions): EngineUrls {
  return { wasm: absoluteUrl(wasmUrl), threads: absoluteUrl(threadsUrl) };
}

/** `url` as an absolute address, which means the same on every thread. */
export function absoluteUrl(url: string | URL): string;
export function absoluteUrl(url: string | URL | undefined): string | undefined;
export function absoluteUrl(url: string | URL | undefined): string | undefined {
  if (url === undefined) return undefined;
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).href;
  } catch {
    throw new UnmaskError(
      "bad_input",
      `"${String(url)}" is not an address; outside a page it must be absolute (https://...).`,
    );
  }
}
