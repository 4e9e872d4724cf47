/** The messages between page and worker: each call with its arguments, events and reply. */

import type { Draft } from "./draft.js";
import type { ErrorData } from "./errors.js";
import type { EngineRequest, EngineScoreRequest } from "./request.js";
import type { SourceSpec } from "./source/spec.js";
import type { KeepArgs } from "./storage/keep.js";
import type {
  Capabilities,
  Conventions,
  Device,
  Dtype,
  Frame,
  GenerationResult,
  KvFormat,
  MemoryEstimate,
  ModelInfo,
  Progress,
  Score,
  Tuning,
} from "./types.js";
import type { EngineUrls } from "./wasm.js";

/** What loading needs, as plain data. */
export interface LoadArgs {
  readonly source: SourceSpec;
  readonly keep: KeepArgs;
  readonly device: Device;
  readonly dtype: Dtype;
  readonly kv: KvFormat;
  readonly conventions: Conventions;
  readonly tune: boolean;
  readonly threads: number | "auto";
}

/** Every call: what goes to the worker, what comes back on the way (`event`) and at the end (`reply`). */
export interface Calls {
  probe: { args: Record<never, never>; event: never; reply: Capabilities };
  load: { args: { urls: EngineUrls; load: LoadArgs }; event: Progress; reply: ModelInfo };
  estimate: { args: { urls: EngineUrls; load: LoadArgs }; event: never; reply: MemoryEstimate };
  generate: { args: { request: EngineRequest; isDrafted: boolean }; event: Frame; reply: GenerationResult };
  score: { args: { request: EngineScoreRequest }; event: never; reply: Score };
  draft: { args: { ids: Uint32Array; length: number }; event: never; reply: Draft };
  tune: { args: { again: boolean }; event: never; reply: Tuning };
  tokenize: { args: { text: string }; event: never; reply: Uint32Array };
  detokenize: { args: { ids: Uint32Array }; event: never; reply: string };
  dispose: { args: Record<never, never>; event: never; reply: null };
}

/** The name of a call. */
export type CallName = keyof Calls;

/** A call on its way to the worker; `call` numbers it. */
export type CallMessage = { [K in CallName]: { type: K; call: number; args: Calls[K]["args"] } }[CallName];

/** To the worker: a call, the wish to stop one, or the draft that one asked for. */
export type ToWorker =
  | CallMessage
  | { type: "cancel"; call: number }
  | { type: "drafted"; call: number; draft: Draft }
  | { type: "undrafted"; call: number; error: ErrorData };

/** From the worker. `hello` comes first and once; `crash` ends everything. */
export type FromWorker =
  | { type: "hello"; webgpu: boolean }
  | { type: "event"; call: number; event: Calls[CallName]["event"] }
  | { type: "draft after"; call: number; ids: Uint32Array }
  | { type: "reply"; call: number; reply: Calls[CallName]["reply"] }
  | { type: "error"; call: number; error: ErrorData }
  | { type: "crash"; error: ErrorData };

/** One end of the wire: a `Worker`, the worker's own `self`, or a `MessagePort`. */
export interface Endpoint<Out, In> {
  postMessage(message: Out): void;
  onmessage: ((event: MessageEvent<In>) => void) | null;
}
