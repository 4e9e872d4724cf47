/** The effects: loading a model, running and stopping a generation. What happens is told to the store. */

import type { GenerateOptions, Model, Progress, StructuredInput } from "unmask";
import { catalogue, folderUrl } from "./catalogue.ts";
import type { Engine } from "./engine.ts";
import { problemOf } from "./problems.ts";
import { countMasks, fresh, remask, type Canvas, type Range } from "./state/canvas.ts";
import { toGenerateOptions } from "./state/options.ts";
import { toSegments } from "./state/segments.ts";
import { shownCanvas, traceFrame, type Lead } from "./state/trace.ts";
import type { Store } from "./store.ts";

export class Session {
  readonly #engine: Engine;
  readonly #store: Store;
  #model: Model | null = null;
  /** Stops the load under way when another begins. */
  #loading: AbortController | null = null;
  #generating: AbortController | null = null;

  constructor(engine: Engine, store: Store) {
    this.#engine = engine;
    this.#store = store;
  }

  /** Looks for WebGPU, then loads; without it the visitor is asked first. */
  async open(): Promise<void> {
    const { dispatch, state } = this.#store;
    if (state.options.device === "cpu") return this.load();
    dispatch({ type: "engine", engine: { status: "probing" } });
    try {
      const capabilities = await this.#engine.capabilities();
      if (capabilities.webgpu) return await this.load();
      dispatch({ type: "engine", engine: { status: "unsupported", capabilities } });
    } catch (error) {
      this.#failLoading(error);
    }
  }

  /** Loads the model with the options in force; a load under way is dropped. */
  async load(): Promise<void> {
    const { dispatch, state } = this.#store;
    this.stop();
    this.#loading?.abort();
    const loading = (this.#loading = new AbortController());
    dispatch({ type: "problem", problem: null });
    dispatch({
      type: "engine",
      engine: {
        status: "loading",
        progress: { stage: "probe", loaded: 0, total: 0, files: [], storage: "none" },
      },
    });
    try {
      await this.#model?.dispose();
      this.#model = null;
      const { device, dtype } = state.options;
      const onProgress = this.#reportProgress(loading.signal);
      const source = folderUrl(catalogue[0], document.baseURI);
      const model = await this.#engine.loadModel(source, {
        device,
        dtype,
        signal: loading.signal,
        onProgress,
      });
      if (loading.signal.aborted) return await model.dispose();
      this.#model = model;
      dispatch({ type: "engine", engine: { status: "ready", info: model.info } });
    } catch (error) {
      if (!loading.signal.aborted) this.#failLoading(error);
    }
  }

  /** A new canvas after the prompt; pinned positions stay where they are. */
  unmask(): Promise<void> {
    const { state } = this.#store;
    return this.#run(fresh(shownCanvas(state.trace), state.options.length), state.prompt);
  }

  /** Fills the masks on show; everything else stays. */
  fill(): Promise<void> {
    const { trace } = this.#store.state;
    return this.#run(shownCanvas(trace), trace.lead);
  }

  /** Masks the range again and fills it. */
  rewrite(range: Range): Promise<void> {
    const { trace } = this.#store.state;
    return this.#run(remask(shownCanvas(trace), range), trace.lead);
  }

  /** Ends the generation within one step. */
  stop(): void {
    this.#generating?.abort();
    this.#store.dispatch({ type: "run/stopping" });
  }

  /** Repeats what failed. What the visitor wrote is untouched. */
  retry(): Promise<void> {
    const { problem, trace, prompt } = this.#store.state;
    if (problem?.during !== "generate" || this.#model === null) return this.open();
    const canvas = shownCanvas(trace);
    // The prompt or the length may be what was mended; only a canvas with text in it has something to keep.
    return countMasks(canvas) === canvas.length ? this.unmask() : this.#run(canvas, prompt);
  }

  async #run(base: Canvas, lead: Lead): Promise<void> {
    const { dispatch, state } = this.#store;
    const maskCount = countMasks(base);
    if (this.#model === null || state.run !== "idle" || maskCount === 0) return;
    const generating = (this.#generating = new AbortController());
    dispatch({ type: "run/start", base, lead });
    try {
      const options = { ...toGenerateOptions(state.options, maskCount), signal: generating.signal };
      await this.#draw(this.#model, inputOf(base, lead), options);
    } catch (error) {
      const problem = problemOf(error, "generate");
      if (problem.code === "device_lost" || problem.code === "internal") this.#dropModel();
      if (problem.code !== "aborted") dispatch({ type: "problem", problem });
    } finally {
      dispatch({ type: "run/end" });
    }
  }

  async #draw(model: Model, input: StructuredInput, options: GenerateOptions): Promise<void> {
    for await (const frame of model.generate(input, options)) {
      this.#store.dispatch({ type: "run/frame", frame: traceFrame(frame, model.info.maskId) });
    }
  }

  #reportProgress(signal: AbortSignal) {
    return (progress: Progress): void => {
      if (signal.aborted || progress.stage === "ready") return;
      this.#store.dispatch({ type: "engine", engine: { status: "loading", progress } });
    };
  }

  #failLoading(error: unknown): void {
    this.#store.dispatch({ type: "engine", engine: { status: "failed" } });
    this.#store.dispatch({ type: "problem", problem: problemOf(error, "load") });
  }

  /** A model whose device is gone answers nothing more: "try again" loads it anew. */
  #dropModel(): void {
    void this.#model?.dispose();
    this.#model = null;
    this.#store.dispatch({ type: "engine", engine: { status: "failed" } });
  }
}

function inputOf(base: Canvas, { mode, text }: Lead): StructuredInput {
  const canvas = toSegments(base);
  return mode === "chat" ? { chat: [{ role: "user", content: text }], canvas } : { prompt: text, canvas };
}
