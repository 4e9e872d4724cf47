/** The public types of the package: what goes in, what comes out. No code. */

import type { CacheMethods, ExitMethods, ReviseMethods, SelectMethods, StructureMethods } from "./methods.js";
import type { Generation } from "./generation.js";

/** Where the model computes. `auto` takes the GPU and falls back to the CPU when there is no real adapter. */
export type Device = "auto" | "gpu" | "cpu";

/** Format of the weights while they are resident; they are converted while loading. */
export type Dtype = "auto" | "f32" | "f16" | "q8_0" | "q4_0" | "mixed";

/**
 * Format of the keys and values that a model keeps of the text. `auto` takes f16 on a GPU, unless `dtype` is f32, and f32
 * elsewhere; q8_0 takes a little more than a quarter of f32.
 */
export type KvFormat = "auto" | "f32" | "f16" | "q8_0";

/** One file of a checkpoint given by name: its bytes, or where they are. A stream is read to its end before the load begins. */
export type FileContent = Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | URL;

/**
 * Where downloaded files are kept: the origin private file system, the Cache API, or the memory of the thread that runs
 * the engine (64 MiB at most, gone with it).
 */
export type StorageKind = "opfs" | "cache-api" | "memory";

/** `auto` takes the first of them that the page has. */
export type StorageChoice = StorageKind | "auto" | "none";

/**
 * A checkpoint folder (`config.json`, `model.safetensors` or its shards, `tokenizer.json`), or one GGUF file:
 * - a folder URL: `"https://host/model/"`, `"./model/"`, `"/model"` or a `URL`;
 * - a hub repository: `"owner/name"` or `"owner/name@revision"` (a relative folder needs its `./`);
 * - the files a visitor picked or dropped: `FileList` or `File[]`;
 * - files by name: `{ "config.json": blob, "model.safetensors": url, ... }`;
 * - a GGUF file: its URL, or the one file picked, with a name that ends in `.gguf`; or its bytes, whatever their name.
 */
export type ModelSource =
  string | URL | FileList | readonly File[] | FileContent | { readonly [name: string]: FileContent };

/** The stages of loading, in order; `upload` is the queue draining after the last byte was read. */
export type LoadStage = "probe" | "download" | "upload" | "compile" | "ready";

/** How far one file is. */
export interface FileProgress {
  readonly file: string;
  /** Bytes of it that are here. Tensors that the model does not use are never read, so not every file becomes complete. */
  readonly loaded: number;
  /** Bytes of it in all. */
  readonly total: number;
  /** Bytes that were kept from an earlier load, of those that are here. */
  readonly kept: number;
}

/** One report of loading. */
export interface Progress {
  readonly stage: LoadStage;
  /** Bytes of weights done. */
  readonly loaded: number;
  /** Bytes of weights in all; 0 while unknown. */
  readonly total: number;
  /**
   * The file whose bytes came. A server without range requests is read whole before the first weight is used;
   * `loaded` and `total` then count the bytes of that file.
   */
  readonly file?: string;
  /** Every file that is read from an address, in the order in which they were begun. */
  readonly files: readonly FileProgress[];
  /** Where what comes is kept; `"full"` from the moment when there was no more room, which does not stop the load. */
  readonly storage: StorageKind | "none" | "full";
}

/** What a checkpoint may leave unsaid, as if its `config.json` said it. Absent: found in the checkpoint, or by its family. */
export interface Conventions {
  /** Attention is blocked by so many positions. */
  readonly blockSize?: number;
  /** Whether row i predicts token i + 1. */
  readonly shiftLogits?: boolean;
  /** The mask token. */
  readonly maskTokenId?: number;
}

/** How to load a model. Everything has a default. */
export interface LoadOptions {
  /** Default `"auto"`. */
  device?: Device;
  /** Default `"auto"`: chosen by device and checkpoint. */
  dtype?: Dtype;
  /** Format of keys and values. Default `"auto"`. */
  kv?: KvFormat;
  /** What the checkpoint does not say of itself. */
  conventions?: Conventions;
  /** Stops loading; the promise rejects with code `aborted` at once. */
  signal?: AbortSignal;
  /** Told of every stage, and every few milliseconds of the bytes that came. */
  onProgress?: (progress: Progress) => void;
  /**
   * `true`: run in a worker of its own. `false`: run on this thread.
   * Default: a worker, except where only the page's own thread has WebGPU (some Firefox releases).
   */
  worker?: boolean;
  /** Where `unmask_wasm_bg.wasm` is served. Default: beside the package's own module. */
  wasmUrl?: string | URL;
  /**
   * Threads of the CPU executor. Default `"auto"`: as many as the machine has, 4 at most. More than one needs a page that
   * is cross-origin isolated and the engine in a worker; without these it is one, and `info.device.reason` says why.
   */
  threads?: number | "auto";
  /**
   * Where `unmask_threads.min.js` is served, with `unmask_threads_bg.wasm` beside it; they are fetched in place of
   * `unmask_wasm_bg.wasm` where there are several threads. Default: beside the package's own module.
   */
  threadsUrl?: string | URL;
  /** Where the package's `worker.js` is served; same origin as the page. Default: beside the package's own module. */
  workerUrl?: string | URL;
  /**
   * Where downloaded files are kept for the next load. Default `"auto"`: the first of file system, Cache API and memory
   * that the page has.
   */
  storage?: StorageChoice;
  /** Bytes that all kept models may take. Those used least recently go first. Default: what the browser grants. */
  cacheLimit?: number;
  /**
   * Whether the first load on a GPU measures which of its kernels are faster there (well under a second), and keeps
   * that for the next load. `false` takes those made for hardware. Default `true`.
   */
  tune?: boolean;
  /** Base address of the model hub. Default `"https://huggingface.co"`. */
  hubUrl?: string | URL;
}

/** A model in the storage. */
export interface CachedModel {
  /** The address it was loaded from, or its files' names and addresses. */
  readonly source: string;
  /** Bytes of it that are here. */
  readonly bytes: number;
  /** Its files, with their full sizes. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** Whether loading needs no download. Else a load was cut short, or there was no room, and the next one goes on. */
  readonly complete: boolean;
  readonly lastUsed: Date;
}

/** Which storage is asked, and which hub repository ids refer to. */
export type CacheOptions = Pick<LoadOptions, "storage" | "hubUrl">;

/** One turn of a conversation, for models with a chat template. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | (string & {});
  readonly content: string;
}

/** A piece of a canvas: fixed text, fixed token ids, or a run of masks to fill. */
export type Segment =
  string | { readonly text: string } | { readonly mask: number } | { readonly ids: readonly number[] };

/** What to continue or fill, spelled out. At most one of `prompt` and `chat`. */
export interface StructuredInput {
  /** Text before the canvas. */
  readonly prompt?: string;
  /** Conversation before the canvas, through the model's chat template. */
  readonly chat?: readonly ChatMessage[];
  /** The canvas itself; text and ids in it are pinned. Absent: `length` masks. */
  readonly canvas?: readonly Segment[];
}

/** A prompt, a conversation, or both parts spelled out. */
export type Input = string | readonly ChatMessage[] | StructuredInput;

/** A method: its name, `"name:parameter=value,..."`, or an object with its parameters. */
export type Choice<Methods> = {
  [Name in keyof Methods & string]: Name | `${Name}:${string}` | ({ method: Name } & Methods[Name]);
}[keyof Methods & string];

/** How to denoise. Everything has a default; the engine checks the values. */
export interface GenerateOptions {
  /** Positions of the canvas; only when the input does not give one. Default 64. */
  length?: number;
  /** Positions of one block, denoised from left to right. Default: the whole canvas is one block. */
  block?: number;
  /**
   * Embeddings of rows in front of the prompt, one after the other, each as long as the model's hidden size: what the
   * projector of an image or sound encoder makes. They are seen like tokens and never change.
   */
  prefix?: Float32Array;
  /** Choices that go together; what is given beside it wins. Default `"balanced"`. */
  preset?: "exact" | "quality" | "balanced" | "fast" | "distilled" | "editing";
  /** Which proposals are committed. Default `"threshold"`, or `"even"` where `steps` is given. */
  select?: Choice<SelectMethods>;
  /** What is undone. Default `"none"`. */
  revise?: Choice<ReviseMethods>;
  /** Which positions are open, and how the canvas grows. Default `"blocks"`. */
  structure?: Choice<StructureMethods>;
  /** When a run ends before the canvas is full. Default `"eos"`. */
  exit?: Choice<ExitMethods>;
  /** Which rows a step forwards. Default `"auto"`: the exact cache where the model allows one, else none. */
  cache?: Choice<CacheMethods>;
  /** The `threshold` of the select method: the confidence it asks for, 0 to 1. */
  threshold?: number;
  /** The `steps` of the select method, over the whole canvas. Default: one position a step. */
  steps?: number;
  /** Sample among the so many likeliest tokens. */
  topK?: number;
  /** Sample among the likeliest tokens that together reach this probability. */
  topP?: number;
  /** Ids that are never proposed. */
  ban?: readonly number[];
  /** Added to the logits of ids. */
  bias?: readonly (readonly [id: number, bias: number])[];
  /** Makes tokens that the canvas holds less likely; 1 does not. */
  repetitionPenalty?: number;
  /** Classifier-free guidance; 0 has none, more costs a second forward. */
  cfgScale?: number;
  /** Commits stop tokens only where nothing else is left. */
  eosLast?: boolean;
  /** Steps that are taken in one submission to the GPU (1). What is written stays the same; frames come several at a time. For select `threshold`, `even`, `factor` and `entropy_bound`. */
  unroll?: number;
  /** Frames tell what the network said of every position that it was asked about. Default `false`. */
  records?: boolean;
  /** Makes so many runs with different seeds and keeps the answer that is the likeliest a token. Not beside `vote`. */
  bestOf?: number;
  /** Makes several runs and keeps the answer that most of them agree on. */
  vote?: VoteOptions;
  /** 0 (default) is deterministic; larger is more varied. */
  temperature?: number;
  /** Same seed, same result. Default 0. */
  seed?: number;
  /**
   * A diffusion model of the same tokenizer that guesses the next tokens of a causal one, which reads them in one
   * forward and keeps those it would have written itself (DEER, arXiv 2512.15176): the text stays its own. It takes
   * its turn in the drafter's queue. The default `select` becomes `"jacobi"`.
   */
  drafter?: Model;
  /** Tokens of one draft. Default 8. */
  draftLength?: number;
  /** How proposals and confidences are formed. Default `"auto"`: what the checkpoint was trained for. */
  convention?: "auto" | "llada" | "dream";
  /** Stops generating within one step; iteration and `result()` reject with code `aborted`. */
  signal?: AbortSignal;
}

/** The runs of a vote, three at least: every block length under every seed. */
export interface VoteOptions {
  /** Block lengths. Default: the `block` of the options, which is the only choice of causal and block-causal models. */
  readonly blocks?: readonly number[];
  /** Seeds of each block length, from the `seed` of the options on; more than one needs a `temperature`. Default 1. */
  readonly seeds?: number;
}

/** One committed token. Positions count from the first one after the prompt. */
export interface Commit {
  readonly position: number;
  readonly id: number;
  /** Confidence at the moment of the commit, 0 to 1. */
  readonly confidence: number;
  /** What the token spells by itself. */
  readonly text: string;
}

/** What the network said of a position before a step changed anything. */
export interface PositionRecord {
  readonly position: number;
  /** The likeliest token. */
  readonly id: number;
  /** Its probability, 0 to 1. */
  readonly confidence: number;
  /** Entropy of the distribution over all tokens, in nats. */
  readonly entropy: number;
  /** What the token spells by itself. */
  readonly text: string;
}

/**
 * A change of the canvas's length: at `at`, `removed` positions go and `inserted` tokens come in their place; what is
 * behind moves. The mask's id among the tokens is an open position.
 */
export interface Splice {
  readonly at: number;
  readonly removed: number;
  readonly inserted: readonly number[];
}

/**
 * What one denoising step changed. Where the canvas changes its length, `committed` and `revised` have the positions
 * of before, `filled` and `texts` those of after: apply them in this order.
 */
export interface Frame {
  /** Number of the step, from 0. */
  readonly step: number;
  /** Number of the block being denoised, from 0. */
  readonly block: number;
  /** Forwards (network evaluations) so far. */
  readonly forwards: number;
  /** Rows of the network that this step forwarded. */
  readonly rows: number;
  /** Masks left on the canvas. */
  readonly masksLeft: number;
  readonly committed: readonly Commit[];
  /** Earlier commits that were overwritten, or opened again where the id is the mask's; empty for most methods. */
  readonly revised: readonly Commit[];
  /** Changes of the canvas's length, each counting on the ones before it; empty for most methods. */
  readonly spliced: readonly Splice[];
  /** Padding written behind the end of the text; nothing the network proposed. */
  readonly filled: readonly Commit[];
  /**
   * Every position whose shown text changed, which may be others than the commits: a character split over tokens is
   * shown at its first token once it is complete.
   */
  readonly texts: readonly { readonly position: number; readonly text: string }[];
  /** What the network said of the positions it was asked about, as they were before the step; with `records: true`. */
  readonly records?: readonly PositionRecord[];
  /** Seconds of all steps so far. */
  readonly seconds: number;
  /**
   * Number of the run, from 0, where `bestOf` or `vote` makes several; absent otherwise. With each new number the
   * canvas is again the one that was asked for. A forward that scores an answer is a frame without changes.
   */
  readonly path?: number;
}

/** What a finished generation made. */
export interface GenerationResult {
  /** The canvas as text up to its end, special tokens left out. */
  readonly text: string;
  /** The whole canvas after the prompt. */
  readonly ids: readonly number[];
  /** What each position shows. */
  readonly pieces: readonly string[];
  readonly forwards: number;
  /** Tokens committed, less those that were opened again. */
  readonly committed: number;
  readonly seconds: number;
  /** Kind of device and name of the adapter: `"cpu"`, `"gpu Apple M2"`. */
  readonly device: string;
  readonly dtype: string;
  /** What came of each run, where `bestOf` or `vote` makes several; `forwards` and `seconds` above are those of all. */
  readonly paths?: readonly PathResult[];
}

/** One of the runs of `bestOf` or `vote`. */
export interface PathResult {
  readonly block?: number;
  readonly seed: number;
  readonly text: string;
  /** Forwards, those of its score included. */
  readonly forwards: number;
  /** How many runs of a vote gave this answer. */
  readonly votes?: number;
  /** How likely its answer is, of `bestOf`; absent of an empty answer. */
  readonly score?: Score;
  /** Whether it is the one that was kept. */
  readonly kept: boolean;
}

/** How to score a text. At most one of `prompt` and `chat`. */
export interface ScoreOptions {
  /** Text before the one that is scored. */
  prompt?: string;
  /** A conversation before it, through the model's chat template. */
  chat?: readonly ChatMessage[];
  /**
   * How the likelihood is found. A causal model has the `"exact"` one, in one forward; a masked model has estimates:
   * `"monte-carlo"`, or `"semi-deterministic"`, which varies less with few samples. Default: `"exact"` or
   * `"monte-carlo"`, by the model.
   */
  estimator?: "exact" | "monte-carlo" | "semi-deterministic";
  /** Forwards of an estimate. Default 128. */
  samples?: number;
  /** Same seed, same estimate. Default 0. */
  seed?: number;
  /** Stops within one forward; the promise rejects with code `aborted`. */
  signal?: AbortSignal;
}

/** How likely a text is. */
export interface Score {
  /** Natural logarithm of its probability behind what is before it, or an estimate of that. */
  readonly logLikelihood: number;
  /** Standard error of the estimate: 0 of an exact likelihood, null where one sample says nothing about it. */
  readonly standardError: number | null;
  /** `logLikelihood` divided by `tokens`: what to rank texts of different lengths by. */
  readonly perToken: number;
  readonly tokens: number;
  readonly samples: number;
}

/** Where a loaded model computes, and why there. */
export interface DeviceInfo {
  readonly kind: "gpu" | "cpu" | "reference";
  readonly adapter: string;
  readonly backend: string;
  readonly tier: { readonly f16: boolean; readonly subgroups: boolean };
  /** Threads that compute; 1 on a GPU. */
  readonly threads: number;
  /** Why this device and tier were chosen; and of the CPU, why there is one thread. */
  readonly reason: string;
}

/** The facts of a loaded model, as read from its checkpoint. */
export interface ModelInfo {
  readonly architecture: string;
  readonly parameters: number;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly vocabSize: number;
  /** Positions of prompt and canvas together. */
  readonly contextLength: number;
  readonly maskId: number;
  readonly stopIds: readonly number[];
  /** Whether row i of the network predicts position i + 1. */
  readonly shift: boolean;
  readonly hasChatTemplate: boolean;
  readonly dtype: string;
  /** Bytes of weights on the device. */
  readonly residentBytes: number;
  /** Format of keys and values. */
  readonly kv: string;
  readonly device: DeviceInfo;
}

/** How a GPU's matrix products are cut up: `"staged"` through workgroup memory, `"lanes"` in registers. */
export type Tiling = "staged" | "lanes";

/** Which tiles a GPU multiplies with, and why. */
export interface TileChoice {
  readonly chosen: Tiling;
  /** Seconds of the same products by each. */
  readonly seconds: { readonly [Each in Tiling]: number };
}

/** What was measured of a device with a model. */
export interface Tuning {
  /** Kind of device and name of the adapter: `"cpu"`, `"gpu Apple M2"`. */
  readonly device: string;
  /** Which tiles are used; absent on the CPU, and on a GPU that can do only one kind. */
  readonly tiles?: TileChoice;
  /** What one forward takes by its rows, fewest first; as many as there was time for. */
  readonly forwards: readonly { readonly rows: number; readonly seconds: number }[];
  /**
   * The most of these rows that take hardly longer than a single one, by a quarter at most. More rows cost time, so a
   * step that forwards more must commit more to pay off.
   */
  readonly knee: number;
}

/** Options of `tune`. */
export interface TuneOptions {
  /** Measures even if this device was measured before, with this model and this version of the package. */
  again?: boolean;
  /** Stops within one forward; the promise rejects with code `aborted`. */
  signal?: AbortSignal;
}

/** What this browser offers. */
export interface Capabilities {
  readonly webgpu: boolean;
  readonly adapter: string;
  readonly backend: string;
  readonly f16: boolean;
  readonly subgroups: boolean;
  /** The adapter's WebGPU limits by name; empty without an adapter. */
  readonly limits: { readonly [name: string]: number };
  /** Why there is no WebGPU, and what to do. */
  readonly reason?: string;
  /** Threads that the CPU executor would have. */
  readonly threads: number;
  /** Why that is one, and what to do. */
  readonly whyOneThread?: string;
}

/** Where `capabilities` looks. */
export type CapabilitiesOptions = Pick<LoadOptions, "worker" | "workerUrl" | "signal">;

/** A loaded model. Calls are queued: one runs at a time, in the order made. A failed call leaves it usable. */
export interface Model extends AsyncDisposable {
  readonly info: ModelInfo;
  /** Whether it runs in a worker. */
  readonly inWorker: boolean;
  /** Denoises a canvas after `input`. Work begins with the first `next()` or `result()`. */
  generate(input: Input, options?: GenerateOptions): Generation;
  /** Answers a conversation, through the model's chat template. For the next turn, add the answer and ask again. */
  chat(messages: readonly ChatMessage[], options?: GenerateOptions): Generation;
  /** Fills the masks of a template: `model.fill(["Dear ", mask(3), ", thank you."])`. */
  fill(segments: readonly Segment[], options?: FillOptions): Generation;
  /** The same as a template tag, with the default options. */
  fill(texts: TemplateStringsArray, ...values: readonly Segment[]): Generation;
  /** Writes a part of `text` anew, or several; everything else stays. The result's text is the whole one. */
  edit(text: string, ranges: EditRange | readonly EditRange[], options?: EditOptions): Generation;
  /** How likely `text` is behind a prompt or a conversation. */
  score(text: string, options?: ScoreOptions): Promise<Score>;
  /**
   * Measures the device (about 1.5 seconds, once; later calls tell what was kept): which kernels are faster, which are
   * then used, and what a forward takes by its rows.
   */
  tune(options?: TuneOptions): Promise<Tuning>;
  /** Token ids of `text`; special tokens in it are recognised, none are added. */
  tokenize(text: string): Promise<Uint32Array>;
  /** Text of token ids, special tokens left out. */
  detokenize(ids: ArrayLike<number>): Promise<string>;
  /** Stops what runs, frees the device and ends the worker. May be called again. */
  dispose(): Promise<void>;
}

/** Options of `fill`: the canvas gives the length, and text may stand before it. */
export interface FillOptions extends Omit<GenerateOptions, "length"> {
  prompt?: string;
  chat?: readonly ChatMessage[];
}

/** A part of a text, in the units of JavaScript's strings, `end` exclusive. An empty one is a place to insert at. */
export interface EditRange {
  readonly start: number;
  readonly end: number;
}

/** Options of `edit`. */
export interface EditOptions extends FillOptions {
  /** Masks in place of each range. Default: as many as the range has tokens, and one at least. */
  length?: number;
}

/** What loading a checkpoint takes. */
export interface MemoryEstimate {
  readonly parameters: number;
  /** Bytes of weights that are read. */
  readonly downloadBytes: number;
  /** Bytes of weights on the device. */
  readonly residentBytes: number;
  /** Bytes on the device that the keys and values of a position take; where `kv` is `"auto"`, at most. */
  readonly positionBytes: number;
  readonly dtype: string;
}

/** What an estimate depends on, and where it is made. */
export type EstimateOptions = Omit<LoadOptions, "device" | "onProgress">;

export type { CacheMethods, ExitMethods, ReviseMethods, SelectMethods, StructureMethods } from "./methods.js";
