/** This thread's memory: the last resort, gone with the page or the worker. */

import type { Store } from "./store.js";

/** Bytes kept by default. More would compete with the model itself for the tab's memory. */
const CAPACITY = 64 << 20;

/** Maps in place of folders. */
export class MemoryStore implements Store {
  readonly kind = "memory";
  readonly #capacity: number;
  readonly #folders = new Map<string, Map<string, Uint8Array<ArrayBuffer>>>();

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  async folders(): Promise<string[]> {
    return [...this.#folders.keys()];
  }

  async names(folder: string): Promise<string[]> {
    return [...(this.#folders.get(folder)?.keys() ?? [])];
  }

  async get(folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#folders.get(folder)?.get(name)?.slice();
  }

  async put(folder: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const old = this.#folders.get(folder)?.get(name)?.length ?? 0;
    if (this.#size() - old + bytes.length > this.#capacity)
      throw new DOMException(`the ${this.#capacity} bytes kept in memory are full`, "QuotaExceededError");
    const names = this.#folders.get(folder) ?? new Map<string, Uint8Array<ArrayBuffer>>();
    this.#folders.set(folder, names.set(name, bytes.slice()));
  }

  async remove(folder: string, name?: string): Promise<void> {
    if (name === undefined) this.#folders.delete(folder);
    else this.#folders.get(folder)?.delete(name);
  }

  #size(): number {
    let size = 0;
    for (const names of this.#folders.values()) for (const { length } of names.values()) size += length;
    return size;
  }
}
