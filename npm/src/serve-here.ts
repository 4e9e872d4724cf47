/** Serving from the worker that this code runs in. */

import { UnmaskError } from "./errors.js";
import type { Endpoint, FromWorker, ToWorker } from "./protocol.js";
import { serve } from "./serve.js";
import { loadWasm } from "./wasm.js";

/** Answers the page's calls for as long as the worker lives. */
export function serveHere(): void {
  // The `dom` library types `self` as a window; in a module worker it is the worker's end of the wire.
  const endpoint = self as unknown as Endpoint<FromWorker, ToWorker>;

  // A trap in the wasm (memory exhausted, say) leaves its call without an answer. The report waits one task, so that
  // a panic's own answer, which says more, goes first.
  const reportCrash = (reason: unknown) => {
    const message = `The worker failed: ${String(reason)}. This is a bug in Unmask: load the model again.`;
    const error = new UnmaskError("internal", message).toData();
    setTimeout(() => endpoint.postMessage({ type: "crash", error }));
  };
  self.addEventListener("error", (event) => {
    event.preventDefault();
    reportCrash(event.message);
  });
  self.addEventListener("unhandledrejection", (event) => reportCrash(event.reason));
  serve(endpoint, loadWasm);
}
