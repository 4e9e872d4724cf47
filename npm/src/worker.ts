/** Entry of the worker that `loadModel` starts. */

import { UnmaskError } from "./errors.js";
import type { Endpoint, FromWorker, ToWorker } from "./protocol.js";
import { serve } from "./serve.js";
import { loadWasm } from "./wasm.js";

// The `dom` library types `self` as a window; in a module worker it is the worker's end of the wire.
const endpoint = self as unknown as Endpoint<FromWorker, ToWorker>;

// A trap in the wasm (memory exhausted, say) leaves its call without an answer. The report waits one task, so that a
// panic's own answer, which says more, goes first.
function reportCrash(reason: unknown): void {
  const message = `The worker failed: ${String(reason)}. This is a bug in Unmask: load the model again.`;
  setTimeout(() =>
    endpoint.postMessage({ type: "crash", error: new UnmaskError("internal", message).toData() }),
  );
}

self.addEventListener("error", (event) => {
  event.preventDefault();
  reportCrash(event.message);
});
self.addEventListener("unhandledrejection", (event) => reportCrash(event.reason));

serve(endpoint, loadWasm);
