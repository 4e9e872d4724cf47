/** The engine's wasm interface without an engine: scripted, and strict about how it is used. */

import type { Draft } from "../src/draft.js";
import type { EngineRequest, EngineScoreRequest } from "../src/request.js";
import type { Frame, GenerationResult, Score, TileChoice } from "../src/types.js";
import type {
  CheckpointFiles,
  EngineInfo,
  EngineProgress,
  EngineTuning,
  WasmLoadOptions,
  WasmModel,
  WasmModule,
  WasmRun,
  WasmScorer,
  WasmTuner,
} from "../src/wasm-api.js";

/** Files that the fake loads. */
export const FAKE_FILES = { "config.json": new Blob(["{}"]), "model.safetensors": new Blob(["weights"]) };

/**
 * A fake module. Prompts are its script: `"fail <code>"` throws at the first step, `"panic"` panics there and hangs.
 * A canvas of n masks takes n steps; position p gets the id p and the text `<p>`. A score takes `samples` steps, and
 * after n of them is -n for each character of the text. A draft is of ids that count up from those before it; a
 * measurement takes three steps, and n of them find the knee at n.
 */
export class FakeWasm implements WasmModule {
  /** Milliseconds of a step; 0 awaits microtasks only, as the CPU executor does. */
  stepTime = 0;
  /** Steps taken by all runs. */
  steps = 0;
  /** Runs and models begun and not freed. */
  live = 0;
  /** Prompts in the order in which their runs were started. */
  readonly started: string[] = [];
  /** Their requests. */
  readonly requests: EngineRequest[] = [];
  /** What was asked to be scored, in that order. */
  readonly scored: EngineScoreRequest[] = [];
  /** How many ids were before each draft that was made. */
  readonly drafted: number[] = [];
  /** Drafts that runs were offered. */
  readonly offered: Draft[] = [];
  /** Options of the loads. */
  readonly loads: WasmLoadOptions[] = [];
  /** What a load finds of tiles. */
  tiles: TileChoice | undefined;
  #report: (message: string) => void = () => {};

  readonly WasmModel = {
    load: async (
      files: CheckpointFiles,
      options: WasmLoadOptions,
      onProgress: (progress: EngineProgress) => void,
    ) => {
      this.loads.push(options);
      onProgress({ stage: "probe", loaded: 0, total: 0 });
      await readAll(files, "config.json");
      const weights = await readAll(files, "model.safetensors");
      onProgress({ stage: "download", loaded: weights.length, total: weights.length });
      onProgress({ stage: "ready", loaded: weights.length, total: weights.length });
      return new FakeModel(this, options);
    },
    estimate: async (files: CheckpointFiles, { dtype }: WasmLoadOptions) => {
      await readAll(files, "config.json");
      const size = await files.size("model.safetensors");
      return { parameters: 7, downloadBytes: size ?? 0, residentBytes: 28, positionBytes: 8, dtype };
    },
  };

  version(): string {
    return "fake";
  }

  onPanic(report: (message: string) => void): void {
    this.#report = report;
  }

  panic(message: string): void {
    this.#report(message);
  }
}

class FakeModel implements WasmModel {
  readonly #wasm: FakeWasm;
  readonly #options: WasmLoadOptions;
  #state: "alive" | "disposed" | "freed" = "alive";

  constructor(wasm: FakeWasm, options: WasmLoadOptions) {
    this.#wasm = wasm;
    this.#options = options;
    wasm.live += 1;
  }

  info(): EngineInfo {
    return fakeInfo(this.#options);
  }

  start(request: EngineRequest): WasmRun {
    this.#assertAlive();
    if (request.length === 0) throw coded("bad_input", "The canvas is empty.");
    return new FakeRun(this.#wasm, request);
  }

  score(request: EngineScoreRequest): WasmScorer {
    this.#assertAlive();
    if (request.text === "") throw coded("bad_input", "The text to score is empty.");
    return new FakeScorer(this.#wasm, request);
  }

  tune(): WasmTuner {
    this.#assertAlive();
    return new FakeTuner(this.#wasm);
  }

  tiles(): TileChoice | undefined {
    return this.#wasm.tiles;
  }

  async draft(ids: Uint32Array, length: number): Promise<Draft> {
    this.#assertAlive();
    this.#wasm.drafted.push(ids.length);
    if (this.#wasm.stepTime > 0) await new Promise((resolve) => setTimeout(resolve, this.#wasm.stepTime));
    return { tokens: Array.from({ length }, (_, index) => ids.length + index), rows: 2, seconds: 1 };
  }

  tokenize(text: string): Uint32Array {
    this.#assertAlive();
    return Uint32Array.from(text, (char) => char.codePointAt(0) ?? 0);
  }

  detokenize(ids: Uint32Array): string {
    this.#assertAlive();
    return String.fromCodePoint(...ids);
  }

  dispose(): void {
    this.#assertAlive();
    this.#state = "disposed";
  }

  free(): void {
    if (this.#state !== "disposed") throw new Error(`free() of a model that is ${this.#state}`);
    this.#state = "freed";
    this.#wasm.live -= 1;
  }

  #assertAlive(): void {
    if (this.#state !== "alive") throw new Error(`the fake model is ${this.#state}`);
  }
}

class FakeRun implements WasmRun {
  readonly #wasm: FakeWasm;
  readonly #prompt: string;
  readonly #length: number;
  readonly #tries: boolean;
  #step = 0;
  #busy = false;

  constructor(wasm: FakeWasm, request: EngineRequest) {
    this.#wasm = wasm;
    this.#prompt = request.prompt ?? JSON.stringify(request.chat ?? request.canvas);
    this.#length =
      request.length ??
      request.canvas?.reduce((sum, segment) => sum + ("mask" in segment ? segment.mask : 0), 0) ??
      4;
    this.#tries = request.draft !== undefined;
    wasm.live += 1;
    wasm.started.push(this.#prompt);
    wasm.requests.push(request);
  }

  async next(): Promise<Frame | undefined> {
    if (this.#busy) throw new Error("next() before the last one ended");
    this.#busy = true;
    if (this.#prompt === "panic") {
      this.#wasm.panic("index out of bounds");
      return new Promise(() => {});
    }
    if (this.#wasm.stepTime > 0) await new Promise((resolve) => setTimeout(resolve, this.#wasm.stepTime));
    const [, code] = /^fail (\w+)$/.exec(this.#prompt) ?? [];
    if (code) throw coded(code, `scripted ${code}`);
    this.#busy = false;
    if (this.#step === this.#length) return undefined;
    this.#wasm.steps += 1;
    return fakeFrame(this.#step++, this.#length);
  }

  written(): Uint32Array | undefined {
    return this.#tries && this.#step < this.#length ? new Uint32Array(this.#step) : undefined;
  }

  offer(draft: Draft): void {
    this.#wasm.offered.push(draft);
  }

  result(): GenerationResult {
    const pieces = Array.from({ length: this.#step }, (_, position) => `<${position}>`);
    const ids = pieces.map((_, position) => position);
    return {
      text: pieces.join(""),
      ids,
      pieces,
      forwards: this.#step,
      committed: this.#step,
      seconds: 1,
      device: "cpu",
      dtype: "f32",
    };
  }

  free(): void {
    this.#wasm.live -= 1;
  }
}

class FakeScorer implements WasmScorer {
  readonly #wasm: FakeWasm;
  readonly #request: EngineScoreRequest;
  #samples = 0;

  constructor(wasm: FakeWasm, request: EngineScoreRequest) {
    this.#wasm = wasm;
    this.#request = request;
    wasm.live += 1;
    wasm.scored.push(request);
  }

  async next(): Promise<Score | undefined> {
    const { text, prompt, samples = 128 } = this.#request;
    if (prompt === "panic") {
      this.#wasm.panic("index out of bounds");
      return new Promise(() => {});
    }
    if (this.#wasm.stepTime > 0) await new Promise((resolve) => setTimeout(resolve, this.#wasm.stepTime));
    const [, code] = /^fail (\w+)$/.exec(prompt ?? "") ?? [];
    if (code) throw coded(code, `scripted ${code}`);
    if (this.#samples === samples) return undefined;
    this.#samples += 1;
    this.#wasm.steps += 1;
    const tokens = text.length;
    const perToken = -this.#samples;
    return {
      logLikelihood: perToken * tokens,
      standardError: this.#samples > 1 ? 0.5 : null,
      perToken,
      tokens,
      samples: this.#samples,
    };
  }

  free(): void {
    this.#wasm.live -= 1;
  }
}

class FakeTuner implements WasmTuner {
  readonly #wasm: FakeWasm;
  #measured = 0;

  constructor(wasm: FakeWasm) {
    this.#wasm = wasm;
    wasm.live += 1;
  }

  async next(): Promise<EngineTuning | undefined> {
    if (this.#wasm.stepTime > 0) await new Promise((resolve) => setTimeout(resolve, this.#wasm.stepTime));
    if (this.#measured === 3) return undefined;
    this.#measured += 1;
    this.#wasm.steps += 1;
    const forwards = Array.from({ length: this.#measured }, (_, index) => ({ rows: index + 1, seconds: 1 }));
    return { forwards, knee: this.#measured };
  }

  free(): void {
    this.#wasm.live -= 1;
  }
}

function fakeFrame(step: number, length: number): Frame {
  const shown = { position: step, text: `<${step}>` };
  const committed = [{ ...shown, id: step, confidence: 0.5 }];
  return {
    step,
    block: 0,
    forwards: step + 1,
    rows: 1,
    masksLeft: length - step - 1,
    committed,
    revised: [],
    spliced: [],
    filled: [],
    texts: [shown],
    seconds: step,
  };
}

function fakeInfo({ device, dtype, kv, conventions }: WasmLoadOptions): EngineInfo {
  return {
    architecture: "fake",
    parameters: 7,
    layers: 1,
    hiddenSize: 1,
    vocabSize: 256,
    contextLength: 64,
    maskId: conventions.maskTokenId ?? 0,
    stopIds: [1],
    shift: false,
    hasChatTemplate: false,
    dtype: dtype === "auto" ? "f32" : dtype,
    residentBytes: 28,
    kv: kv === "auto" ? "f32" : kv,
    device: {
      kind: "cpu",
      adapter: "fake",
      backend: "none",
      tier: { f16: false, subgroups: false },
      reason: device,
    },
  };
}

async function readAll(files: CheckpointFiles, name: string): Promise<Uint8Array> {
  const size = await files.size(name);
  if (size === null) throw coded("missing_file", `The checkpoint has no ${name}.`);
  return files.read(name, 0, size);
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
