/** The interface of the engine's wasm module (`crates/wasm`), as the package uses it. */

import type { Draft } from "./draft.js";
import type { EngineRequest, EngineScoreRequest } from "./request.js";
import type {
  Conventions,
  Device,
  DeviceInfo,
  Dtype,
  Frame,
  GenerationResult,
  KvFormat,
  MemoryEstimate,
  ModelInfo,
  Progress,
  Score,
  TileChoice,
  Tiling,
  Tuning,
} from "./types.js";

/** A checkpoint folder, read by ranges. Failures are errors with a `code`. */
export interface CheckpointFiles {
  /** Bytes of `file`, or null when there is no such file. */
  size(file: string): Promise<number | null>;
  /** Exactly the bytes `start` to `end` (exclusive) of `file`. The engine takes them: their buffer is detached then. */
  read(file: string, start: number, end: number): Promise<Uint8Array>;
}

/** What the engine reports while it loads: stage, and bytes of weights. */
export type EngineProgress = Pick<Progress, "stage" | "loaded" | "total">;

/** The engine's own report, which knows nothing of workers. */
export type EngineInfo = Omit<ModelInfo, "device"> & { readonly device: Omit<DeviceInfo, "threads"> };

/** Options of `WasmModel.load`. */
export interface WasmLoadOptions {
  readonly device: Device;
  readonly dtype: Dtype;
  readonly kv: KvFormat;
  readonly conventions: Conventions;
  /** Tiles to use; measured where nothing is said. */
  readonly tiling?: Tiling | undefined;
}

/** What the engine tells of a device that it measures. */
export type EngineTuning = Omit<Tuning, "device">;

/** A loaded model in the engine. */
export interface WasmModel {
  info(): EngineInfo;
  start(request: EngineRequest): WasmRun;
  score(request: EngineScoreRequest): WasmScorer;
  tune(): WasmTuner;
  /** What was measured of tiles, at this load or by `tune`; undefined where nothing was. */
  tiles(): TileChoice | undefined;
  /** The likeliest `length` tokens behind `ids`, all at once, by a diffusion model. */
  draft(ids: Uint32Array, length: number): Promise<Draft>;
  tokenize(text: string): Uint32Array;
  detokenize(ids: Uint32Array): string;
  /** Frees the device's memory. */
  dispose(): void;
  /** Frees the handle. */
  free(): void;
}

/** One generation in the engine. To cancel, stop calling `next`. */
export interface WasmRun {
  /** One denoising step; undefined at the end. */
  next(model: WasmModel): Promise<Frame | undefined>;
  result(model: WasmModel): GenerationResult;
  /** Prompt and canvas up to the first mask, for a drafter to go on from; undefined when no draft would be tried. */
  written(): Uint32Array | undefined;
  /** Tokens to try in the next step. */
  offer(draft: Draft): void;
  free(): void;
}

/** One score in the engine. To cancel, stop calling `next`. */
export interface WasmScorer {
  /** One forward and the score so far; undefined at the end. */
  next(model: WasmModel): Promise<Score | undefined>;
  free(): void;
}

/** One measurement of a device. To cancel, stop calling `next`. */
export interface WasmTuner {
  /** Measures one thing more, and tells all that is known; undefined at the end. */
  next(model: WasmModel): Promise<EngineTuning | undefined>;
  free(): void;
}

/** The threads of the CPU executor beside the calling one: workers. */
export interface Threads {
  /** Starts what is missing of so many, the calling one among them, once for all; says how many there are. */
  start(count: number): Promise<number>;
  /** Has them work, or wait for it, until as many calls of `rest`; their event loops stand still meanwhile. */
  work(): void;
  rest(): void;
}

/** The module once it is instantiated. */
export interface WasmModule {
  readonly WasmModel: {
    load(
      files: CheckpointFiles,
      options: WasmLoadOptions,
      onProgress: (progress: EngineProgress) => void,
    ): Promise<WasmModel>;
    /** Reads headers and small files, no weights. */
    estimate(files: CheckpointFiles, options: WasmLoadOptions): Promise<MemoryEstimate>;
  };
  /** Version of the engine. */
  version(): string;
  /** Calls `report` with the message when the engine panics; the promise of the call at fault then never settles. */
  onPanic(report: (message: string) => void): void;
  /** Of the build for threads. */
  readonly threads?: Threads;
  /** Of the other build: why it is the one, where more threads were possible or wished for. */
  readonly whyOne?: string;
}
