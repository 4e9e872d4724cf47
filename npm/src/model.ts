/** The model that users hold: a queue of calls before a backend. */

import type { Backend } from "./backend.js";
import { editCanvas, editPieces } from "./edit.js";
import { UnmaskError } from "./errors.js";
import { LazyGeneration, type Generation } from "./generation.js";
import { anySignal, interruption, unlessInterrupted } from "./interrupt.js";
import { Queue } from "./queue.js";
import { fillRequest, generateRequest, scoreRequest, type EngineRequest } from "./request.js";
import { fill, isTemplate } from "./template.js";
import type {
  ChatMessage,
  EditOptions,
  EditRange,
  FillOptions,
  GenerateOptions,
  Input,
  Model,
  ModelInfo,
  Score,
  ScoreOptions,
  Segment,
} from "./types.js";

function endsWithHole(segments: unknown): boolean {
  const last: unknown = Array.isArray(segments) ? segments.at(-1) : undefined;
  return typeof last === "object" && last !== null && "mask" in last;
}

/** A model whose generations run one at a time, in the order they were begun. */
export class QueuedModel implements Model {
  readonly #backend: Backend;
  readonly #queue = new Queue();
  readonly #lifetime = new AbortController();
  #disposed: Promise<void> | undefined;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get info(): ModelInfo {
    return this.#backend.info;
  }

  get inWorker(): boolean {
    return this.#backend.inWorker;
  }

  generate(input: Input, options: GenerateOptions = {}): Generation {
    return this.#start(async () => generateRequest(input, options), options.signal);
  }

  chat(messages: readonly ChatMessage[], options: GenerateOptions = {}): Generation {
    return this.#start(async () => generateRequest({ chat: messages }, options), options.signal);
  }

  fill(segments: readonly Segment[], options?: FillOptions): Generation;
  fill(texts: TemplateStringsArray, ...values: readonly Segment[]): Generation;
  fill(first: readonly Segment[] | TemplateStringsArray, ...rest: readonly unknown[]): Generation {
    if (isTemplate(first)) return this.fill(fill(first, ...(rest as Segment[])));
    const given = (rest[0] ?? {}) as FillOptions;
    const options = endsWithHole(first) ? given : this.#endless(given);
    return this.#start(async () => fillRequest(first, options), options.signal);
  }

  /** The options of a text that may not end in a hole: it would end before what stays behind it. */
  #endless<Options extends GenerateOptions>(options: Options): Options {
    return { ...options, ban: [...this.info.stopIds, ...(options.ban ?? [])] };
  }

  edit(text: string, ranges: EditRange | readonly EditRange[], options: EditOptions = {}): Generation {
    const { length, ...given } = options;
    const others = this.#endless(given);
    const masks = async (marked: string) =>
      length ?? Math.max(1, (await this.#backend.tokenize(marked)).length);
    const request = async () => fillRequest(await editCanvas(editPieces(text, ranges), masks), others);
    return this.#start(request, options.signal);
  }

  async score(text: string, options: ScoreOptions = {}): Promise<Score> {
    const request = scoreRequest(text, options);
    const stop = anySignal(this.#lifetime.signal, options.signal);
    const work = this.#queue.run(async () => {
      if (stop.aborted) throw interruption(stop, "The score");
      return this.#backend.score(request, stop);
    });
    return unlessInterrupted(work, stop, "The score");
  }

  async tokenize(text: string): Promise<Uint32Array> {
    this.#assertAlive();
    return this.#backend.tokenize(text);
  }

  async detokenize(ids: ArrayLike<number>): Promise<string> {
    this.#assertAlive();
    return this.#backend.detokenize(Uint32Array.from(ids));
  }

  dispose(): Promise<void> {
    return (this.#disposed ??= this.#end());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** A generation of what `request` gives when its turn has come. */
  #start(request: () => Promise<EngineRequest>, signal: AbortSignal | undefined): Generation {
    return new LazyGeneration(
      (onFrame, stop) =>
        this.#queue.run(async () => {
          if (stop.aborted) throw interruption(stop, "The generation");
          return this.#backend.generate(await request(), onFrame, stop);
        }),
      this.#lifetime.signal,
      signal,
    );
  }

  async #end(): Promise<void> {
    this.#lifetime.abort(new UnmaskError("aborted", "The model was disposed; load it again."));
    await this.#queue.run(() => this.#backend.dispose());
  }

  #assertAlive(): void {
    if (this.#disposed) throw interruption(this.#lifetime.signal, "The model");
  }
}
