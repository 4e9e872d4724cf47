/** A model on this thread: the engine's wasm behind the backend interface. */

import type { Backend } from "./backend.js";
import type { Draft, DraftAfter } from "./draft.js";
import type { LoadHooks } from "./engine-thread.js";
import { UnmaskError, aborted } from "./errors.js";
import { anySignal, nextTask, unlessInterrupted } from "./interrupt.js";
import type { LoadArgs } from "./protocol.js";
import type { EngineRequest, EngineScoreRequest } from "./request.js";
import { probe } from "./probe.js";
import { LoadProgress } from "./progress.js";
import { openSource } from "./source/open.js";
import { openKept } from "./storage/keep.js";
import { chooseThreads } from "./threads/choice.js";
import { TuningNotes } from "./tuning.js";
import type {
  DeviceInfo,
  Frame,
  GenerationResult,
  MemoryEstimate,
  ModelInfo,
  Progress,
  Score,
  TileChoice,
  Tuning,
} from "./types.js";
import type { EngineInfo, Threads, WasmModel, WasmModule } from "./wasm-api.js";

/** Loads a model with `wasm` on this thread. */
export async function loadDirect(wasm: WasmModule, args: LoadArgs, hooks: LoadHooks): Promise<Backend> {
  const notes = await TuningNotes.open(args.keep.storage, wasm.version());
  const open: Open = (hooks) => openModel(wasm, args, notes, hooks);
  const model = await open(hooks);
  const device = await withThreads(wasm, model.info().device, args);
  return DirectBackend.of(model, panicSignal(wasm), notes, device, open, wasm.threads);
}

/** Loads the model of a backend, for the first time or anew. */
type Open = (hooks: LoadHooks) => Promise<WasmModel>;

async function openModel(
  wasm: WasmModule,
  args: LoadArgs,
  notes: TuningNotes,
  hooks: LoadHooks,
): Promise<WasmModel> {
  const signal = anySignal(panicSignal(wasm), hooks.signal);
  const { source, keep, device, dtype, kv, conventions } = args;
  const kept = await unlessInterrupted(openKept(source, keep), signal, "Loading");
  const report = (progress: Progress) => signal.aborted || hooks.onProgress(progress);
  const progress = new LoadProgress(report, kept?.library.store.kind);
  const files = openSource(source, { signal, onBytes: progress.arrival, onFull: progress.full }, kept?.model);
  const tiling = await unlessInterrupted(tilingFor(args, notes), signal, "Loading");
  const loading = wasm.WasmModel.load(files, { device, dtype, kv, conventions, tiling }, progress.engine);
  try {
    const model = await unlessInterrupted(loading, signal, "Loading");
    await kept?.model.loaded();
    return model;
  } catch (thrown) {
    // Whatever still arrives after a cancel is nobody's model.
    loading.then(release, () => {});
    const error = UnmaskError.from(thrown);
    // Whoever tries again must not find the same bytes.
    if (error.code === "bad_file") await kept?.model.drop();
    throw error;
  }
}

/** Tiles that need no measurement: those found earlier, or those made for hardware where none is wanted. */
async function tilingFor({ device, tune }: LoadArgs, notes: TuningNotes) {
  if (!tune) return "staged";
  return device === "cpu" ? undefined : (await notes.tiles((await probe()).adapter))?.chosen;
}

/** Tells what a load would take, with `wasm` on this thread. */
export async function estimateDirect(
  wasm: WasmModule,
  args: LoadArgs,
  signal?: AbortSignal,
): Promise<MemoryEstimate> {
  const stop = anySignal(panicSignal(wasm), signal);
  const { source, keep, device, dtype, kv, conventions } = args;
  const kept = await unlessInterrupted(openKept(source, keep), stop, "The estimate");
  // What is not here already would come in chunks, which are larger than the headers that are needed.
  const complete = kept?.model.complete ? kept.model : undefined;
  const files = openSource(source, { signal: stop, onBytes() {}, onFull() {} }, complete);
  try {
    return await unlessInterrupted(
      wasm.WasmModel.estimate(files, { device, dtype, kv, conventions }),
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
  const threads = (await wasm.threads?.start(count)) ?? 1;
  const whyOne = wasm.threads ? "one thread, because its workers did not start" : wasm.whyOne;
  return { ...device, threads, reason: [device.reason, threads === 1 && whyOne].filter(Boolean).join("; ") };
}

class DirectBackend implements Backend {
  readonly inWorker = false;
  readonly info: ModelInfo;
  readonly #panic: AbortSignal;
  readonly #notes: TuningNotes;
  readonly #open: Open;
  readonly #threads: Threads | undefined;
  #model: WasmModel;
  /** The device went away under the model: it computes nothing more. */
  #isLost = false;

  private constructor(
    model: WasmModel,
    panic: AbortSignal,
    notes: TuningNotes,
    device: DeviceInfo,
    open: Open,
    threads: Threads | undefined,
  ) {
    this.#model = model;
    this.#panic = panic;
    this.#notes = notes;
    this.#open = open;
    this.#threads = threads;
    this.info = { ...model.info(), device };
  }

  /** The backend of a model that has just been loaded, whose measurements are kept. */
  static async of(
    model: WasmModel,
    panic: AbortSignal,
    notes: TuningNotes,
    device: DeviceInfo,
    open: Open,
    threads: Threads | undefined,
  ): Promise<DirectBackend> {
    const used = device.threads > 1 ? threads : undefined;
    const backend = new DirectBackend(model, panic, notes, device, open, used);
    await backend.#keepTiles(model.tiles());
    return backend;
  }

  async generate(
    request: EngineRequest,
    onFrame: (frame: Frame) => void,
    signal: AbortSignal,
    draft?: DraftAfter,
  ): Promise<GenerationResult> {
    return this.#compute(signal, async () => {
      const run = this.#model.start(request);
      const next = async () => {
        const written = draft && run.written();
        if (written) run.offer(await unlessInterrupted(draft(written), signal, "The generation"));
        return this.#unlessPanic(run.next(this.#model), "The generation");
      };
      try {
        for (let frame; (frame = await next());) {
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
    return this.#compute(signal, async () => {
      const scorer = this.#model.score(request);
      return this.#last(scorer, "The score", signal);
    });
  }

  async draft(ids: Uint32Array, length: number): Promise<Draft> {
    return this.#compute(undefined, () => this.#unlessPanic(this.#model.draft(ids, length), "The draft"));
  }

  async tune(again: boolean, signal: AbortSignal): Promise<Tuning> {
    return this.#compute(signal, async () => {
      const { device, dtype, parameters, layers, hiddenSize } = this.info;
      const name = [device.kind, device.adapter].filter(Boolean).join(" ");
      const subject = [name, device.backend, dtype, parameters, layers, hiddenSize].join("|");
      const kept = again ? undefined : await this.#notes.tuning(subject);
      if (kept) return kept;
      const tuning = { device: name, ...(await this.#last(this.#model.tune(), "The measurement", signal)) };
      await this.#keepTiles(tuning.tiles);
      await this.#notes.write(subject, tuning);
      return tuning;
    });
  }

  async #keepTiles(tiles: TileChoice | undefined): Promise<void> {
    if (tiles) await this.#notes.write((await probe()).adapter, tiles);
  }

  /** Makes the steps of something to its end, and gives what the last one told. */
  async #last<T>(
    work: { next(model: WasmModel): Promise<T | undefined>; free(): void },
    what: string,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      let last: T | undefined;
      for (let told; (told = await this.#unlessPanic(work.next(this.#model), what));) {
        last = told;
        await nextTask();
        if (signal.aborted) throw aborted(what);
      }
      if (!last) throw new UnmaskError("internal", `${what} told nothing. This is a bug in Unmask.`);
      return last;
    } finally {
      if (!this.#panic.aborted) work.free();
    }
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

  /**
   * Does `task` on the device, with the threads that are there for it; on a device that was lost the model is loaded
   * anew before, from what is kept of it.
   */
  async #compute<T>(signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
    return this.#guard(async () => {
      if (this.#isLost) await this.#recover(signal);
      this.#threads?.work();
      try {
        return await task();
      } catch (error) {
        this.#isLost = UnmaskError.from(error).code === "device_lost";
        throw error;
      } finally {
        if (!this.#panic.aborted) this.#threads?.rest();
      }
    });
  }

  async #recover(signal: AbortSignal | undefined): Promise<void> {
    const model = await this.#open({ signal, onProgress() {} });
    release(this.#model);
    this.#model = model;
    this.#isLost = false;
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
