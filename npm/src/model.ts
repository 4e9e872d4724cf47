/** The model that users hold: a queue of calls before a backend. */

import type { Backend } from "./backend.js";
import { checkDrafter, type Draft, type DraftAfter } from "./draft.js";
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
  TuneOptions,
  Tuning,
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
    return this.#start(async () => generateRequest(input, options), options);
  }

  chat(messages: readonly ChatMessage[], options: GenerateOptions = {}): Generation {
    return this.#start(async () => generateRequest({ chat: messages }, options), options);
  }

  fill(segments: readonly Segment[], options?: FillOptions): Generation;
  fill(texts: TemplateStringsArray, ...values: readonly Segment[]): Generation;
  fill(first: readonly Segment[] | TemplateStringsArray, ...rest: readonly unknown[]): Generation {
    if (isTemplate(first)) return this.fill(fill(first, ...(rest as Segment[])));
    const given = (rest[0] ?? {}) as FillOptions;
    const options = endsWithHole(first) ? given : this.#endless(given);
    return this.#start(async () => fillRequest(first, options), options);
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
    return this.#start(request, options);
  }

  async score(text: string, options: ScoreOptions = {}): Promise<Score> {
    const request = scoreRequest(text, options);
    return this.#inTurn("The score", options.signal, (stop) => this.#backend.score(request, stop));
  }

  tune({ again = false, signal }: TuneOptions = {}): Promise<Tuning> {
    return this.#inTurn("The measurement", signal, (stop) => this.#backend.tune(again, stop));
  }

  /** Drafts for another model when its turn has come. */
  draft(ids: Uint32Array, length: number): Promise<Draft> {
    return this.#inTurn("The draft", undefined, () => this.#backend.draft(ids, length));
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

  /** Does `work` when its turn has come, unless it is stopped before or while it does. */
  #inTurn<T>(
    what: string,
    signal: AbortSignal | undefined,
    work: (stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const stop = anySignal(this.#lifetime.signal, signal);
    const done = this.#queue.run(async () => {
      if (stop.aborted) throw interruption(stop, what);
      return work(stop);
    });
    return unlessInterrupted(done, stop, what);
  }

  /** What drafts for this model; undefined where nobody does. */
  #drafting({ drafter }: GenerateOptions, { draft: length }: EngineRequest): DraftAfter | undefined {
    if (drafter === undefined || length === undefined) return undefined;
    if (!(drafter instanceof QueuedModel))
      throw new UnmaskError("bad_input", "The drafter is no model; pass what loadModel gave.");
    // Its draft would wait for the generation that waits for the draft.
    if (drafter === this)
      throw new UnmaskError("bad_input", "A model cannot draft for itself; load another.");
    checkDrafter(drafter.info, this.info);
    return (ids) => drafter.draft(ids, length);
  }

  /** A generation of what `request` gives when its turn has come. */
  #start(request: () => Promise<EngineRequest>, options: GenerateOptions): Generation {
    return new LazyGeneration(
      (onFrame, stop) =>
        this.#queue.run(async () => {
          if (stop.aborted) throw interruption(stop, "The generation");
          const asked = await request();
          return this.#backend.generate(asked, onFrame, stop, this.#drafting(options, asked));
        }),
      this.#lifetime.signal,
      options.signal,
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
