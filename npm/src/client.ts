/** The page's side of the protocol. */

import type { Backend } from "./backend.js";
import type { Draft, DraftAfter } from "./draft.js";
import { UnmaskError, type ErrorData } from "./errors.js";
import type { CallMessage, CallName, Calls, Endpoint, FromWorker, ToWorker } from "./protocol.js";
import type { Frame, ModelInfo, Score, Tuning } from "./types.js";

interface Pending {
  readonly resolve: (reply: never) => void;
  readonly reject: (error: UnmaskError) => void;
  readonly onEvent: (event: never) => void;
  readonly draft: DraftAfter | undefined;
}

/** Where the events of a call go, and what stops it. */
export interface CallHooks<K extends CallName> {
  readonly onEvent?: (event: Calls[K]["event"]) => void;
  readonly signal?: AbortSignal | undefined;
  /** Drafts what the call asks for. */
  readonly draft?: DraftAfter | undefined;
}

/** Calls to a worker, each answered by its number. */
export class Client {
  readonly #endpoint: Endpoint<ToWorker, FromWorker>;
  readonly #terminate: () => void;
  readonly #pending = new Map<number, Pending>();
  #lastCall = 0;
  #failure: UnmaskError | undefined;
  #greet: Pick<Pending, "resolve" | "reject"> | undefined;

  /** What the worker says when it is up: whether its thread has WebGPU. */
  readonly hello: Promise<{ webgpu: boolean }>;

  /** `terminate` ends the worker behind `endpoint`. */
  constructor(endpoint: Endpoint<ToWorker, FromWorker>, terminate: () => void) {
    this.#endpoint = endpoint;
    this.#terminate = terminate;
    this.hello = new Promise((resolve, reject) => (this.#greet = { resolve, reject }));
    this.hello.catch(() => {});
    endpoint.onmessage = ({ data }) => this.#receive(data);
  }

  /** Makes a call. A raised signal asks the worker to stop; the promise settles when it has. */
  call<K extends CallName>(
    type: K,
    args: Calls[K]["args"],
    hooks: CallHooks<K> = {},
  ): Promise<Calls[K]["reply"]> {
    if (this.#failure) return Promise.reject(this.#failure);
    const call = (this.#lastCall += 1);
    const { onEvent = () => {}, signal, draft } = hooks;
    const cancel = () => this.#endpoint.postMessage({ type: "cancel", call });
    const reply = new Promise<Calls[K]["reply"]>((resolve, reject) => {
      this.#pending.set(call, { resolve, reject, onEvent, draft });
      this.#post({ type, call, args } as CallMessage, reject);
    });
    signal?.addEventListener("abort", cancel, { once: true });
    return reply.finally(() => {
      this.#pending.delete(call);
      signal?.removeEventListener("abort", cancel);
    });
  }

  /** Ends the worker; calls that wait, and later ones, reject with `error`. */
  close(error: UnmaskError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#terminate();
    this.#greet?.reject(error);
    for (const { reject } of this.#pending.values()) reject(error);
  }

  #post(message: CallMessage, reject: (error: UnmaskError) => void): void {
    try {
      this.#endpoint.postMessage(message);
    } catch (error) {
      reject(
        new UnmaskError("bad_input", `The input cannot be sent to the worker: ${String(error)}`, {
          cause: error,
        }),
      );
    }
  }

  async #draft(
    { call, ids }: { call: number; ids: Uint32Array },
    draft: DraftAfter | undefined,
  ): Promise<void> {
    try {
      if (!draft) throw new UnmaskError("internal", "A draft was asked for, and there is no drafter.");
      this.#endpoint.postMessage({ type: "drafted", call, draft: await draft(ids) });
    } catch (error) {
      this.#endpoint.postMessage({ type: "undrafted", call, error: UnmaskError.from(error).toData() });
    }
  }

  #receive(message: FromWorker): void {
    if (message.type === "hello") return this.#greet?.resolve(message as never);
    if (message.type === "crash") return this.close(fromData(message.error));
    const pending = this.#pending.get(message.call);
    if (!pending) return;
    // The call's number says which reply and event types these are.
    if (message.type === "event") pending.onEvent(message.event as never);
    else if (message.type === "draft after") void this.#draft(message, pending.draft);
    else if (message.type === "reply") pending.resolve(message.reply as never);
    else pending.reject(fromData(message.error));
  }
}

function fromData({ code, message }: ErrorData): UnmaskError {
  return new UnmaskError(code, message);
}

/** A model in the worker behind `client`. */
export class WorkerBackend implements Backend {
  readonly inWorker = true;
  readonly info: ModelInfo;
  readonly #client: Client;

  constructor(client: Client, info: ModelInfo) {
    this.#client = client;
    this.info = info;
  }

  generate(
    request: Calls["generate"]["args"]["request"],
    onEvent: (frame: Frame) => void,
    signal: AbortSignal,
    draft?: DraftAfter,
  ) {
    const args = { request, isDrafted: draft !== undefined };
    return this.#client.call("generate", args, { onEvent, signal, draft });
  }

  draft(ids: Uint32Array, length: number): Promise<Draft> {
    return this.#client.call("draft", { ids, length });
  }

  tune(again: boolean, signal: AbortSignal): Promise<Tuning> {
    return this.#client.call("tune", { again }, { signal });
  }

  score(request: Calls["score"]["args"]["request"], signal: AbortSignal): Promise<Score> {
    return this.#client.call("score", { request }, { signal });
  }

  tokenize(text: string): Promise<Uint32Array> {
    return this.#client.call("tokenize", { text });
  }

  detokenize(ids: Uint32Array): Promise<string> {
    return this.#client.call("detokenize", { ids });
  }

  async dispose(): Promise<void> {
    // Whatever goes wrong with the worker's own clean-up, ending it frees everything.
    await this.#client.call("dispose", {}).catch(() => {});
    this.#client.close(new UnmaskError("aborted", "The model was disposed; load it again."));
  }
}
