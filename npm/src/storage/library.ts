/** All kept models of an origin. */

import type { CachedModel } from "../types.js";
import { chunkRange } from "./chunk.js";
import { ifUnlocked, withLock } from "./lock.js";
import { decodeRecord, RECORD, type ModelRecord } from "./record.js";
import { isQuotaError, type Store } from "./store.js";

/** The lock that whoever changes the folder of a model holds. */
export function lockOf(folder: string): string {
  return `unmask:${folder}`;
}

/** A folder of the store for each model, within a number of bytes. */
export class Library {
  readonly store: Store;
  readonly #limit: number;
  // Bytes of chunks here, as far as this thread knows: another tab may add to them.
  #bytes: Promise<number> | undefined;

  /** `limit`: bytes of all models together. */
  constructor(store: Store, limit = Infinity) {
    this.store = store;
    this.#limit = limit;
  }

  /** The record of the model in `folder`; undefined where there is none that can be read. */
  async record(folder: string): Promise<ModelRecord | undefined> {
    return decodeRecord(await this.store.get(folder, RECORD).catch(() => undefined));
  }

  /** What is kept, the model used last first. */
  async list(): Promise<CachedModel[]> {
    const models = await this.#models();
    return models
      .map(({ record, bytes }) => ({
        source: record.source,
        bytes,
        files: Object.entries(record.files).flatMap(([name, file]) =>
          file ? [{ name, bytes: file.size }] : [],
        ),
        complete: record.complete,
        lastUsed: new Date(record.used),
      }))
      .sort((a, b) => b.lastUsed.getTime() - a.lastUsed.getTime());
  }

  /** Removes the model in `folder`, or all, once nobody is writing there. */
  async remove(folder?: string): Promise<void> {
    const folders = folder === undefined ? await this.store.folders() : [folder];
    for (const each of folders) await withLock(lockOf(each), () => this.store.remove(each));
    this.#bytes = undefined;
  }

  /**
   * Puts bytes into `folder`, at the cost of other models, those first that were not used for the longest time. Tells
   * whether there was room. The caller holds the lock of the folder. `counted`: what of the bytes are a model's own.
   */
  async put(folder: string, name: string, bytes: Uint8Array<ArrayBuffer>, counted: number): Promise<boolean> {
    while ((await this.#total()) + counted > this.#limit) if (!(await this.#evict(folder))) return false;
    for (;;) {
      try {
        await this.store.put(folder, name, bytes);
        this.#bytes = Promise.resolve((await this.#total()) + counted);
        return true;
      } catch (error) {
        if (!isQuotaError(error)) throw error;
        if (!(await this.#evict(folder))) return false;
      }
    }
  }

  #total(): Promise<number> {
    this.#bytes ??= this.#models().then((models) => models.reduce((sum, { bytes }) => sum + bytes, 0));
    return this.#bytes;
  }

  /** Removes the model that was not used for the longest time, of those that nobody is writing to. */
  async #evict(except: string): Promise<boolean> {
    const models = (await this.#models()).filter(({ folder }) => folder !== except);
    models.sort((a, b) => a.record.used - b.record.used);
    for (const { folder } of models) {
      if (await ifUnlocked(lockOf(folder), () => this.store.remove(folder))) {
        this.#bytes = undefined;
        return true;
      }
    }
    return false;
  }

  /** Every folder with the bytes of its chunks. One whose record is lost counts as unused since 1970. */
  async #models(): Promise<{ folder: string; record: ModelRecord; bytes: number }[]> {
    const lost = { source: "", files: {}, complete: false, used: 0 };
    const read = async (folder: string) => {
      const record = (await this.record(folder)) ?? lost;
      return { folder, record, bytes: bytesOf(record, await this.store.names(folder)) };
    };
    return Promise.all((await this.store.folders()).map(read));
  }
}

function bytesOf(record: ModelRecord, names: readonly string[]): number {
  const sizes = new Map(Object.values(record.files).map((file) => [file?.id, file?.size ?? 0]));
  return names.reduce((sum, name) => {
    const [id, index] = name.split(".");
    const { start, end } = chunkRange(Number(index), sizes.get(id) ?? 0);
    return sum + Math.max(0, end - start || 0);
  }, 0);
}
