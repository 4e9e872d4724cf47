/** Locks between all tabs and workers of an origin. */

import { interruption } from "../interrupt.js";
import { Queue } from "../queue.js";

/** Runs `task` while nobody else holds the lock `name`; a raised `signal` ends the wait for it. */
export async function withLock<T>(name: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return lockOfThread(name).run(task);
  let begun = false;
  const run = () => ((begun = true), task());
  try {
    return (await locks.request(name, signal ? { signal } : {}, run)) as T;
  } catch (error) {
    if (!begun && signal?.aborted) throw interruption(signal, "Loading");
    throw error;
  }
}

/** Runs `task` if nobody holds the lock `name` now; tells whether it did. */
export async function ifUnlocked(name: string, task: () => Promise<void>): Promise<boolean> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return lockOfThread(name).runIfFree(task);
  return locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock) await task();
    return lock !== null;
  });
}

/** A lock where there are no Web Locks: then no other tab shares a store with this thread. */
class ThreadLock {
  readonly #queue = new Queue();
  #holders = 0;

  async run<T>(task: () => Promise<T>): Promise<T> {
    this.#holders += 1;
    try {
      return await this.#queue.run(task);
    } finally {
      this.#holders -= 1;
    }
  }

  async runIfFree(task: () => Promise<void>): Promise<boolean> {
    if (this.#holders > 0) return false;
    await this.run(task);
    return true;
  }
}

const locks = new Map<string, ThreadLock>();

function lockOfThread(name: string): ThreadLock {
  let lock = locks.get(name);
  if (!lock) locks.set(name, (lock = new ThreadLock()));
  return lock;
}
