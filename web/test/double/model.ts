/** A double of a loaded model: it fills masks with a fixed story, surest first. Never part of the product. */

import {
  UnmaskError,
  type Frame,
  type GenerateOptions,
  type Generation,
  type GenerationResult,
  type Input,
  type Model,
  type ModelInfo,
  type Segment,
} from "unmask";
import { idAt, MASK_ID, pieceOf, pieces, STOP } from "./story.ts";

export interface DoubleOptions {
  /** Milliseconds a forward takes. */
  readonly pace: number;
  /** Position at which the text ends, if any. */
  readonly stop?: number | undefined;
  /** Makes the next generation fail after two frames, once. */
  fail?: "device_lost" | "bad_input" | undefined;
}

export const info: ModelInfo = {
  architecture: "double",
  parameters: 6_980_000,
  layers: 8,
  hiddenSize: 256,
  vocabSize: pieces.length + 2,
  contextLength: 2048,
  maskId: MASK_ID,
  stopIds: [STOP],
  shift: false,
  hasChatTemplate: true,
  dtype: "q8_0",
  kv: "f32",
  residentBytes: 7_900_000,
  device: {
    kind: "gpu",
    adapter: "Test double",
    backend: "webgpu",
    tier: { f16: true, subgroups: true },
    threads: 1,
    reason: "asked for",
  },
};

export function doubleModel(double: DoubleOptions, about: ModelInfo = info): Model {
  return {
    info: about,
    inWorker: false,
    generate: (input, options = {}) => generation(idsOf(input, options), options, double),
    chat: (messages, options = {}) => generation(idsOf(messages, options), options, double),
    fill: (segments: readonly Segment[] | TemplateStringsArray) =>
      generation(idsOf({ canvas: [...segments] }, {}), {}, double),
    edit: refuseText,
    score: async (text) => ({
      logLikelihood: -text.length,
      standardError: 0,
      perToken: -1,
      tokens: text.length,
      samples: 1,
    }),
    tune: async () => ({ device: "gpu Test double", forwards: [{ rows: 1, seconds: 0.01 }], knee: 1 }),
    tokenize: async (text) => Uint32Array.from([...text].map((_, index) => idAt(index))),
    detokenize: async (ids) => Array.from(ids, pieceOf).join(""),
    dispose: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function refuseText(): never {
  throw new UnmaskError("bad_input", "The double takes ids and masks only.");
}

function idsOf(input: Input, options: GenerateOptions): number[] {
  const canvas = typeof input === "object" && "canvas" in input ? input.canvas : undefined;
  return (canvas ?? [{ mask: options.length ?? 64 }]).flatMap(idsOfSegment);
}

function idsOfSegment(segment: Segment): number[] {
  if (typeof segment === "string" || "text" in segment) return refuseText();
  return "mask" in segment ? Array.from({ length: segment.mask }, () => MASK_ID) : [...segment.ids];
}

function generation(ids: number[], options: GenerateOptions, double: DoubleOptions): Generation {
  const frames = framesOf(ids, options, double);
  return {
    [Symbol.asyncIterator]: () => frames,
    async result(): Promise<GenerationResult> {
      for await (const _ of frames);
      const shown = ids.map(pieceOf);
      return {
        text: shown.join(""),
        ids,
        pieces: shown,
        forwards: 0,
        committed: ids.length,
        seconds: 0,
        device: "cpu",
        dtype: "f32",
      };
    },
  };
}

async function* framesOf(
  ids: number[],
  options: GenerateOptions,
  double: DoubleOptions,
): AsyncGenerator<Frame, void, undefined> {
  const began = performance.now();
  const block = options.block ?? ids.length;
  for (let step = 0; ids.includes(MASK_ID); step++) {
    await new Promise((resolve) => setTimeout(resolve, double.pace));
    if (options.signal?.aborted) throw new UnmaskError("aborted", "The generation was cancelled.");
    failOnce(double, step);
    const open = Math.floor(ids.indexOf(MASK_ID) / block);
    const committed = choose(ids, open * block, (open + 1) * block, options, step);
    for (const { position, id } of committed) ids[position] = id;
    const filled = padding(ids, double.stop);
    for (const { position, id } of filled) ids[position] = id;
    const masksLeft = ids.filter((id) => id === MASK_ID).length;
    const texts = committed.map(({ position, text }) => ({ position, text }));
    yield {
      step,
      block: open,
      forwards: step + 1,
      rows: 1,
      masksLeft,
      committed,
      revised: [],
      spliced: [],
      filled,
      texts,
      seconds: (performance.now() - began) / 1000,
    };
  }
}

/** Once the text before `stop` stands, what follows is padding. */
function padding(ids: readonly number[], stop = Infinity): Frame["filled"] {
  if (stop >= ids.length || ids.slice(0, stop).includes(MASK_ID)) return [];
  return ids.flatMap((id, position) =>
    position >= stop && id !== STOP ? [{ position, id: STOP, confidence: 1, text: "" }] : [],
  );
}

function failOnce(double: DoubleOptions, step: number): void {
  const code = double.fail;
  if (code === undefined || step < 2) return;
  double.fail = undefined;
  throw new UnmaskError(
    code,
    code === "device_lost" ? "The device was lost in step 2." : "The double was told to refuse this.",
  );
}

/** The surest few positions of the open block, a handful at a time. */
function choose(
  ids: readonly number[],
  from: number,
  to: number,
  { seed = 0 }: GenerateOptions,
  step: number,
) {
  const open = ids.flatMap((id, position) =>
    id === MASK_ID && position >= from && position < to ? [position] : [],
  );
  const surest = open
    .map((position) => ({
      position,
      id: idAt(position),
      confidence: noise(position, step, seed) ** 0.7,
      text: pieceOf(idAt(position)),
    }))
    .sort((one, other) => other.confidence - one.confidence);
  return surest.slice(0, 1 + Math.floor(noise(step, 7, seed) * 5));
}

/** A fixed number in [0, 1) for three integers. */
function noise(one: number, two: number, three: number): number {
  const mixed = Math.imul(one * 73_856_093 + two * 19_349_663 + three * 83_492_791 + 1, 2_654_435_761);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}
