/** The worker's side of the protocol. */

import type { Backend } from "./backend.js";
import { estimateDirect, loadDirect } from "./direct.js";
import type { Draft, DraftAfter } from "./draft.js";
import { UnmaskError } from "./errors.js";
import { probe } from "./probe.js";
import type { CallMessage, CallName, Calls, Endpoint, FromWorker, ToWorker } from "./protocol.js";
import { chooseThreads } from "./threads/choice.js";
import type { loadWasm as LoadWasm } from "./wasm.js";

interface Context<K extends CallName> {
  readonly signal: AbortSignal;
  readonly emit: (event: Calls[K]["event"]) => void;
  /** Has the page's drafter guess, for the call. */
  readonly draft: DraftAfter;
}

type Handlers = {
  [K in CallName]: (args: Calls[K]["args"], context: Context<K>) => Promise<Calls[K]["reply"]>;
};

/** Answers the calls that come in at `endpoint`, for one model. `hello` tells the page that the worker is there. */
export function serve(endpoint: Endpoint<FromWorker, ToWorker>, loadWasm: typeof LoadWasm): void {
  const handlers = handlersOf(loadWasm);
  const running = new Map<number, AbortController>();
  const drafts = new Map<number, { resolve: (draft: Draft) => void; reject: (error: UnmaskError) => void }>();

  const answer = async (message: CallMessage) => {
    const { call } = message;
    const controller = new AbortController();
    running.set(call, controller);
    const emit = (event: Calls[CallName]["event"]) => endpoint.postMessage({ type: "event", call, event });
    const draft: DraftAfter = (ids) => {
      endpoint.postMessage({ type: "draft after", call, ids });
      return new Promise((resolve, reject) => drafts.set(call, { resolve, reject }));
    };
    try {
      endpoint.postMessage({
        type: "reply",
        call,
        reply: await dispatch(handlers, message, { signal: controller.signal, emit, draft }),
      });
    } catch (error) {
      endpoint.postMessage({ type: "error", call, error: UnmaskError.from(error).toData() });
    } finally {
      running.delete(call);
      drafts.delete(call);
    }
  };

  endpoint.onmessage = ({ data }) => {
    if (data.type === "cancel") running.get(data.call)?.abort();
    else if (data.type === "drafted") drafts.get(data.call)?.resolve(data.draft);
    else if (data.type === "undrafted")
      drafts.get(data.call)?.reject(new UnmaskError(data.error.code, data.error.message));
    else void answer(data);
  };
  endpoint.postMessage({ type: "hello", webgpu: "gpu" in (globalThis.navigator ?? {}) });
}

function dispatch(handlers: Handlers, message: CallMessage, context: Context<CallName>) {
  // TypeScript cannot see that a message's type and arguments belong together once both are unions.
  const handler = handlers[message.type] as (
    args: CallMessage["args"],
    context: Context<CallName>,
  ) => Promise<Calls[CallName]["reply"]>;
  return handler(message.args, context);
}

function handlersOf(loadWasm: typeof LoadWasm): Handlers {
  let backend: Backend | undefined;
  const loaded = () => {
    if (!backend) throw new UnmaskError("bad_input", "No model is loaded in this worker; send load first.");
    return backend;
  };
  return {
    probe: () => probe(),
    load: async ({ urls, load }, { signal, emit }) => {
      if (backend) throw new UnmaskError("bad_input", "This worker has its model; start another worker.");
      const threads = chooseThreads(load.threads, load.device);
      backend = await loadDirect(await loadWasm(urls, threads), load, { signal, onProgress: emit });
      return backend.info;
    },
    estimate: async ({ urls, load }, { signal }) => estimateDirect(await loadWasm(urls), load, signal),
    generate: ({ request, isDrafted }, { signal, emit, draft }) =>
      loaded().generate(request, emit, signal, isDrafted ? draft : undefined),
    score: ({ request }, { signal }) => loaded().score(request, signal),
    draft: ({ ids, length }) => loaded().draft(ids, length),
    tune: ({ again }, { signal }) => loaded().tune(again, signal),
    tokenize: ({ text }) => loaded().tokenize(text),
    detokenize: ({ ids }) => loaded().detokenize(ids),
    dispose: async () => {
      await backend?.dispose();
      backend = undefined;
      return null;
    },
  };
}
