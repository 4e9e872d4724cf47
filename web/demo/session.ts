/** The effects: loading a model, running and stopping a generation. What happens is told to the store. */

import { UnmaskError, type GenerateOptions, type Model, type Progress, type StructuredInput } from "unmask";
import { folderUrl, twin } from "./catalogue.ts";
import type { Engine } from "./engine.ts";
import { problemOf } from "./problems.ts";
import { countMasks, fresh, masks, remask, type Canvas, type Range } from "./state/canvas.ts";
import { BEGINNING, growingOptions } from "./state/growth.ts";
import { READ_LENGTH } from "./state/heat.ts";
import {
  alternativeOf,
  draftOptions,
  opened,
  shareAfter,
  WANTED,
  type Alternative,
} from "./state/inpaint.ts";
import type { Action } from "./state/actions.ts";
import { sourceOf } from "./state/model.ts";
import { toGenerateOptions, type Options } from "./state/options.ts";
import { optionsOf, runsOnTwin } from "./state/racers.ts";
import { toSegments } from "./state/segments.ts";
import type { Task } from "./state/state.ts";
import { canvasOf, isPuzzle, leadOf, solvingOptions } from "./state/sudoku.ts";
import { shownCanvas, traceFrame, type Lead, type TraceFrame } from "./state/trace.ts";
import type { Store } from "./store.ts";

export class Session {
  readonly #engine: Engine;
  readonly #store: Store;
  #model: Model | null = null;
  /** The autoregressive twin, once a race has needed it. */
  #twin: Model | null = null;
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
      await this.#disposeAll();
      const { device, dtype } = state.options;
      const onProgress = this.#reportProgress(loading.signal);
      const model = await this.#engine.loadModel(sourceOf(state.model, document.baseURI), {
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

  /** A few masks after the prompt that make the room they need. */
  grow(): Promise<void> {
    const { options, prompt } = this.#store.state;
    const { dispatch } = this.#store;
    const base = masks(BEGINNING);
    return this.#occupy("grow", { type: "run/start", base, lead: prompt }, (draw) =>
      draw(base, prompt, growingOptions(options), (frame) => dispatch({ type: "run/frame", frame }), {
        records: options.length <= READ_LENGTH,
      }),
    );
  }

  /** Looks for other words for the range: the likeliest tokens of one position, drafts of several. */
  alternatives(range: Range): Promise<void> {
    const { options, trace } = this.#store.state;
    const { dispatch } = this.#store;
    const canvas = shownCanvas(trace);
    const base = opened(canvas, range);
    const single = range.end - range.start === 1;
    return this.#occupy("inpaint", { type: "inpaint/ask", range, canvas }, async (draw) => {
      const found: Alternative[] = [];
      for (let number = 0; number < WANTED; number++) {
        const frames: TraceFrame[] = [];
        const ban = single ? found.flatMap(({ positions }) => positions.flatMap(({ id }) => id ?? [])) : [];
        const draft = draftOptions(options, range, number);
        await draw(base, trace.lead, draft, (frame) => frames.push(frame), { ban });
        let alternative = alternativeOf(base, range, frames, trace.lead);
        if (single) alternative = { ...alternative, share: shareAfter(found, alternative.share) };
        found.push(alternative);
        dispatch({ type: "inpaint/found", alternative });
      }
    });
  }

  /** The prompt once in every lane, one lane after the other: none slows another. */
  race(): Promise<void> {
    const { options, prompt, race } = this.#store.state;
    const { dispatch } = this.#store;
    const base = masks(options.length);
    return this.#occupy("race", { type: "race/start", base, lead: prompt }, async (draw, signal) => {
      for (const [lane, { racer }] of race.lanes.entries()) {
        dispatch({ type: "race/go", lane });
        const run = runsOnTwin(racer) ? drawing(await this.#loadTwin(signal), signal) : draw;
        await run(base, prompt, optionsOf(racer, options), (frame) =>
          dispatch({ type: "race/frame", lane, frame }),
        );
        dispatch({ type: "race/arrive", lane });
      }
    });
  }

  /** Has the model fill the open cells of the sudoku. */
  async solve(): Promise<void> {
    const { dispatch, state } = this.#store;
    const { sudoku } = state;
    if (this.#model === null || state.run !== "idle" || !isPuzzle(sudoku)) return;
    try {
      const base = canvasOf(sudoku.givens, await digitIds(this.#model));
      const options = solvingOptions(state.options, sudoku.pace);
      await this.#occupy("sudoku", { type: "sudoku/start", base }, (draw) =>
        draw(base, leadOf(sudoku.givens), options, (frame) => dispatch({ type: "sudoku/frame", frame })),
      );
    } catch (error) {
      dispatch({ type: "problem", problem: problemOf(error, "sudoku") });
    }
  }

  /** Ends what runs within one step. */
  stop(): void {
    this.#generating?.abort();
    this.#store.dispatch({ type: "run/stopping" });
  }

  /** Repeats what failed. What the visitor wrote is untouched. */
  retry(): Promise<void> {
    const { problem, trace, prompt, inpaint } = this.#store.state;
    if (problem === null || problem.during === "load" || this.#model === null) return this.open();
    if (problem.during === "race") return this.race();
    if (problem.during === "sudoku") return this.solve();
    if (problem.during === "grow") return this.grow();
    if (problem.during === "inpaint" && inpaint !== null) return this.alternatives(inpaint.range);
    const canvas = shownCanvas(trace);
    // The prompt or the length may be what was mended; only a canvas with text in it has something to keep.
    return countMasks(canvas) === canvas.length ? this.unmask() : this.#run(canvas, prompt);
  }

  #run(base: Canvas, lead: Lead): Promise<void> {
    const { dispatch, state } = this.#store;
    if (countMasks(base) === 0) return Promise.resolve();
    return this.#occupy("write", { type: "run/start", base, lead }, (draw) =>
      draw(base, lead, state.options, (frame) => dispatch({ type: "run/frame", frame }), {
        records: base.length <= READ_LENGTH,
      }),
    );
  }

  /** Has the model to itself from `begin` to the end of `work`; failures become the problem on show. */
  async #occupy(
    task: Task,
    begin: Action,
    work: (draw: Draw, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const { dispatch, state } = this.#store;
    const model = this.#model;
    if (model === null || state.run !== "idle") return;
    const { signal } = (this.#generating = new AbortController());
    dispatch(begin);
    try {
      await work(drawing(model, signal), signal);
    } catch (error) {
      const problem = problemOf(error, task);
      if (problem.code === "device_lost" || problem.code === "internal") this.#dropModel();
      if (problem.code !== "aborted") dispatch({ type: "problem", problem });
    } finally {
      dispatch({ type: "run/end" });
    }
  }

  /** The twin on the device of the model, loaded once. */
  async #loadTwin(signal: AbortSignal): Promise<Model> {
    const { device, dtype } = this.#store.state.options;
    const source = folderUrl(twin, document.baseURI);
    return (this.#twin ??= await this.#engine.loadModel(source, { device, dtype, signal }));
  }

  async #disposeAll(): Promise<void> {
    const loaded = [this.#model, this.#twin];
    this.#model = this.#twin = null;
    for (const model of loaded) await model?.dispose();
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
    void this.#disposeAll();
    this.#store.dispatch({ type: "engine", engine: { status: "failed" } });
  }
}

/** Denoises a canvas and hands over every frame. */
type Draw = (
  base: Canvas,
  lead: Lead,
  options: Options,
  onFrame: (frame: TraceFrame) => void,
  more?: GenerateOptions,
) => Promise<void>;

function drawing(model: Model, signal: AbortSignal): Draw {
  return async (base, lead, options, onFrame, more) => {
    const asked = { ...toGenerateOptions(options, countMasks(base)), ...more, signal };
    for await (const frame of model.generate(inputOf(base, lead), asked)) {
      onFrame(traceFrame(frame, model.info.maskId));
    }
  };
}

/** Ids of "1", "2", "3", "4" and the line break. */
async function digitIds(model: Model): Promise<readonly number[]> {
  const written = "1234\n";
  const ids = [...(await model.tokenize(written))];
  if (ids.length === written.length) return ids;
  throw new UnmaskError(
    "unsupported_model",
    `The sudoku needs a token for each digit; this model has ${ids.length} for the five characters "1234\\n".`,
  );
}

function inputOf(base: Canvas, { mode, text }: Lead): StructuredInput {
  const canvas = toSegments(base);
  return mode === "chat" ? { chat: [{ role: "user", content: text }], canvas } : { prompt: text, canvas };
}
