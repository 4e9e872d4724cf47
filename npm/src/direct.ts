/** A model on this thread: the engine's wasm behind the backend interface. */

import type { Backend } from "./backend.js";
import type { LoadHooks } from "./engine-thread.js";
import { UnmaskError, aborted } from "./errors.js";
import { anySignal, nextTask, unlessInterrupted } from "./interrupt.js";
import type { LoadArgs } from "./protocol.js";
import type { EngineRequest, EngineScoreRequest } from "./request.js";
import { LoadProgress } from "./progress.js";
import { openSource } from "./source/open.js";
import { openKept } from "./storage/keep.js";
import { chooseThreads } from "./threads/choice.js";
import type {
  DeviceInfo,
  Frame,
  GenerationResult,
  MemoryEstimate,
  ModelInfo,
  Progress,
  Score,
} from "./types.js";
import type { EngineInfo, WasmModel, WasmModule } from "./wasm-api.js";

/** Loads a model with `wasm` on this thread. */
export async function loadDirect(wasm: WasmModule, args: LoadArgs, hooks: LoadHooks): Promise<Backend> {
  const panic = panicSignal(wasm);
  const signal = anySignal(panic, hooks.signal);
  const { source, keep, device, dtype, conventions } = args;
  const kept = await unlessInterrupted(openKept(source, keep), signal, "Loading");
  const report = (progress: Progress) => signal.aborted || hooks.onProgress(progress);
  const progress = new LoadProgress(report, kept?.library.store.kind);
  const files = openSource(source, { signal, onBytes: progress.arrival, onFull: progress.full }, kept?.model);
  const loading = wasm.WasmModel.load(files, { device, dtype, conventions }, progress.engine);
  try {
    const model = await unlessInterrupted(loading, signal, "Loading");
    await kept?.model.loaded();
    const device = await withThreads(wasm, model.info().device, args);
    return new DirectBackend(model, panic, device);
  } catch (thrown) {
    // Whatever still arrives after a cancel is nobody's model.
    loading.then(release, () => {});
    const error = UnmaskError.from(thrown);
    // Whoever tries again must not find the same bytes.
    if (error.code === "bad_file") await kept?.model.drop();
    throw error;
  }
}

/** Tells what a load would take, with `wasm` on this thread. */
export async function estimateDirect(
  wasm: WasmModule,
  args: LoadArgs,
  signal?: AbortSignal,
): Promise<MemoryEstimate> {
  const stop = anySignal(panicSignal(wasm), signal);
  const { source, keep, device, dtype, conventions } = args;
  const kept = await unlessInterrupted(openKept(source, keep), stop, "The estimate");
  // What is not here already would come in chunks, which are larger than the headers that are needed.
  const complete = kept?.model.complete ? kept.model : undefined;
  const files = openSource(source, { signal: stop, onBytes() {}, onFull() {} }, complete);
  try {
    return await unlessInterrupted(
      wasm.WasmModel.estimate(files, { device, dtype, conventions }),
      stop,
      "The estimate",
    );
  } catch (error) {
    throw UnmaskError.from(error);
  }
}

/** Gives the CPU executor its threads, and tells of them. Another device has no use for any. */
async function withThreads(
  wasm: WasmModule,
  device: EngineInfo["device"],
  args: LoadArgs,
): Promise<DeviceInfo> {
  if (device.kind !== "cpu") return { ...device, threads: 1 };
  const { count } = chooseThreads(args.threads, args.device);
  const threads = (await wasm.startThreads?.(count)) ?? 1;
  const whyOne = wasm.startThreads ? "one thread, because its workers did not start" : wasm.whyOne;
  return { ...device, threads, reason: [device.reason, threads === 1 && whyOne].filter(Boolean).join("; ") };
}

class DirectBackend implements Backend {
  readonly inWorker = false;
  readonly info: ModelInfo;
  readonly #model: WasmModel;
  readonly #panic: AbortSignal;

  constructor(model: WasmModel, panic: AbortSignal, device: DeviceInfo) {
    this.#model = model;
    this.#panic = panic;
    this.info = { ...model.info(), device };
  }

  async generate(
    request: EngineRequest,
    onFrame: (frame: Frame) => void,
    signal: AbortSignal,
  ): Promise<GenerationResult> {
    return this.#guard(async () => {
      const run = this.#model.start(request);
      try {
        for (let frame; (frame = await this.#unlessPanic(run.next(this.#model), "The generation"));) {
          onFrame(frame);
          await nextTask();
          if (signal.aborted) throw aborted("The generation");
        }
        return run.result(this.#model);
      } finally {
        if (!this.#panic.aborted) run.free();
      }
    });
  }

  async score(request: EngineScoreRequest, signal: AbortSignal): Promise<Score> {
    return this.#guard(async () => {
      const scorer = this.#model.score(request);
      try {
        let score: Score | undefined;
        for (let next; (next = await this.#unlessPanic(scorer.next(this.#model), "The score"));) {
          score = next;
          await nextTask();
          if (signal.aborted) throw aborted("The score");
        }
        if (!score) throw new UnmaskError("internal", "The engine gave no score. This is a bug in Unmask.");
        return score;
      } finally {
        if (!this.#panic.aborted) scorer.free();
      }
    });
  }

  async tokenize(text: string): Promise<Uint32Array> {
    return this.#guard(async () => this.#model.tokenize(text));
  }

  async detokenize(ids: Uint32Array): Promise<string> {
    return this.#guard(async () => this.#model.detokenize(ids));
  }

  async dispose(): Promise<void> {
    // After a panic the module's memory is not to be touched; it goes with the page or the worker.
    if (!this.#panic.aborted) release(this.#model);
  }

  async #guard<T>(task: () => Promise<T>): Promise<T> {
    this.#panic.throwIfAborted();
    try {
      return await task();
    } catch (error) {
      throw UnmaskError.from(error);
    }
  }

  #unlessPanic<T>(promise: Promise<T>, what: string): Promise<T> {
    return unlessInterrupted(promise, this.#panic, what);
  }
}

function release(model: WasmModel): void {
  model.dispose();
  model.free();
}

// By what only one instance has.
const panics = new WeakMap<WasmModule["WasmModel"], AbortSignal>();

// Raised once and for good when the module panics: its promises then hang, so everything waits on this as well.
function panicSignal(wasm: WasmModule): AbortSignal {
  let signal = panics.get(wasm.WasmModel);
  if (!signal) {
    const controller = new AbortController();
    signal = controller.signal;
    panics.set(wasm.WasmModel, signal);
    const advice =
      "This is a bug in Unmask: load the model again (reload the page when it runs without a worker).";
    wasm.onPanic((message) =>
      controller.abort(new UnmaskError("internal", `The engine failed: ${message} ${advice}`)),
    );
  }
  return signal;
}
