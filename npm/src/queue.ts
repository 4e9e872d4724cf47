/** One call at a time. */

/** Runs tasks one after the other, in the order given; a failed task does not stop the next. */
export class Queue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as `task` does, once its turn has come. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.then(nothing, nothing);
    return result;
  }
}

function nothing(): void {}
