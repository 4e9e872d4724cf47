/** A running generation: frames to iterate over, and the result. */

import { interruption, anySignal, unlessInterrupted } from "./interrupt.js";
import type { Frame, GenerationResult } from "./types.js";

/**
 * Frames as they are made, and the result at the end:
 * ```ts
 * const generation = model.generate("Once upon a time");
 * for await (const frame of generation) draw(frame);
 * const { text } = await generation.result();
 * ```
 * Frames are kept, so every iteration starts at the first one. Leaving a loop before the end cancels the generation
 * within one step, and `result()` then rejects with code `aborted`.
 */
export interface Generation extends AsyncIterable<Frame, void, undefined> {
  /** The finished canvas; runs the generation when nobody iterates over it. */
  result(): Promise<GenerationResult>;
}

/** Does the work of a generation: calls `onFrame` for every step, ends within one step of `signal`. */
export type Work = (onFrame: (frame: Frame) => void, signal: AbortSignal) => Promise<GenerationResult>;

/**
 * A generation that starts `work` when first asked for anything, and then runs to its end whether or not anybody
 * reads on: a forgotten iterator must not hold up the model's queue.
 */
export class LazyGeneration implements Generation {
  readonly #work: Work;
  readonly #cancel = new AbortController();
  readonly #signal: AbortSignal;
  readonly #frames: Frame[] = [];
  #outcome: Promise<GenerationResult> | undefined;
  #ended = false;
  #wakeReaders: () => void = () => {};
  #change = this.#nextChange();

  constructor(work: Work, ...signals: (AbortSignal | undefined)[]) {
    this.#work = work;
    this.#signal = anySignal(this.#cancel.signal, ...signals);
  }

  result(): Promise<GenerationResult> {
    return this.#begin();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Frame, void, undefined> {
    const outcome = this.#begin();
    try {
      for (let read = 0; !this.#ended || read < this.#frames.length;) {
        if (this.#signal.aborted && !this.#ended) throw interruption(this.#signal, "The generation");
        const frame = this.#frames[read];
        if (frame) {
          read += 1;
          yield frame;
        } else {
          await this.#change;
        }
      }
      await outcome;
    } finally {
      if (!this.#ended) this.#cancel.abort();
    }
  }

  #begin(): Promise<GenerationResult> {
    if (!this.#outcome) {
      const work = this.#work((frame) => this.#push(frame), this.#signal);
      this.#outcome = unlessInterrupted(work, this.#signal, "The generation").finally(() => {
        this.#ended = true;
        this.#wake();
      });
      // A loop or `result()` delivers the failure; without either it is nobody's, not an unhandled rejection.
      this.#outcome.catch(() => {});
    }
    return this.#outcome;
  }

  #push(frame: Frame): void {
    if (this.#ended) return;
    this.#frames.push(frame);
    this.#wake();
  }

  #wake(): void {
    const wake = this.#wakeReaders;
    this.#change = this.#nextChange();
    wake();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => (this.#wakeReaders = resolve));
  }
}
