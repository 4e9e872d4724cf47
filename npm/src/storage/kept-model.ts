/** One model's folder in the library, while the model is loaded. */

import { chunkRange, nameOf, seal, SEALED_BYTES, unseal } from "./chunk.js";
import { lockOf, type Library } from "./library.js";
import { withLock } from "./lock.js";
import type { FileIdentity } from "../source/remote.js";
import { encodeRecord, RECORD, type FileRecord, type ModelRecord } from "./record.js";

/** Chunks and record of a model. */
export class KeptModel {
  readonly #library: Library;
  readonly #folder: string;
  #record: ModelRecord;
  // Names of the chunks that were asked for.
  readonly #read = new Set<string>();
  // Chunks are sealed in one buffer: the collector would let those of a whole download gather.
  #sealing: ArrayBuffer | undefined;
  // False once a chunk found no room: what comes after it would be of no use.
  #hasRoom = true;

  private constructor(library: Library, folder: string, record: ModelRecord) {
    this.#library = library;
    this.#folder = folder;
    this.#record = record;
  }

  /** The folder of the model that `source` names. */
  static async open(library: Library, source: string): Promise<KeptModel> {
    const folder = await nameOf(source);
    const known = await library.record(folder);
    return new KeptModel(library, folder, known ?? { source, files: {}, complete: false, used: 0 });
  }

  /** Whether everything that loading reads is here. */
  get complete(): boolean {
    return this.#record.complete;
  }

  /** Whether what is loaded can be kept: false once the store was full. */
  get hasRoom(): boolean {
    return this.#hasRoom;
  }

  /** What is noted about the file `name`: null for one that its server does not have, undefined for nothing. */
  file(name: string): FileRecord | null | undefined {
    return this.#record.files[name];
  }

  /** Notes what the server says about a file now. Chunks of other versions are dropped. */
  async note(name: string, url: string, found: FileIdentity | null): Promise<FileRecord | null> {
    const known = this.file(name);
    const file = found && { ...found, id: await nameOf([url, found.size, found.version].join("\n")) };
    if (known !== undefined && known?.id === file?.id) return file;
    await this.#change(async (record) => {
      const changed = { ...record, files: { ...record.files, [name]: file }, complete: false };
      await this.#sweep(changed, await this.#library.store.names(this.#folder));
      return changed;
    });
    return file;
  }

  /** The chunk `index` of `file`, in `into` if possible, or undefined where it is not here, or not as it was put here. */
  async chunk(
    file: FileRecord,
    index: number,
    into: ArrayBuffer,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const name = chunkName(file, index);
    this.#read.add(name);
    const sealed = await this.#library.store.get(this.#folder, name, into).catch(() => undefined);
    const { start, end } = chunkRange(index, file.size);
    return sealed && unseal(sealed, end - start);
  }

  /** Keeps a chunk if there is room for it. The caller holds the lock. */
  async keep(file: FileRecord, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!this.#hasRoom) return;
    this.#sealing ??= new ArrayBuffer(SEALED_BYTES);
    const sealed = await seal(bytes, this.#sealing);
    this.#hasRoom = await this.#put(chunkName(file, index), sealed, bytes.length);
  }

  /** Runs `task` while no other tab changes this folder. */
  locked<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return withLock(lockOf(this.#folder), task, signal);
  }

  /** Notes that the model was loaded now, and whether all that was read for it is here. */
  async loaded(): Promise<void> {
    await this.#change(async (record) => {
      const names = new Set(await this.#library.store.names(this.#folder));
      const complete = [...this.#read].every((name) => names.has(name));
      await this.#sweep(record, names);
      return { ...record, complete, used: Date.now() };
    });
  }

  /** Removes all of it. */
  async drop(): Promise<void> {
    this.#hasRoom = false;
    await this.#library.remove(this.#folder);
  }

  /**
   * Changes the record as it is now, which another tab may have changed since it was read. A store that fails is
   * treated as one that is full: loading goes on without it.
   */
  async #change(change: (record: ModelRecord) => Promise<ModelRecord>): Promise<void> {
    const work = async () => {
      this.#record = await change((await this.#library.record(this.#folder)) ?? this.#record);
      if (this.#hasRoom) this.#hasRoom = await this.#put(RECORD, encodeRecord(this.#record), 0);
    };
    await withLock(lockOf(this.#folder), () => work().catch(() => void (this.#hasRoom = false)));
  }

  #put(name: string, bytes: Uint8Array<ArrayBuffer>, counted: number): Promise<boolean> {
    return this.#library.put(this.#folder, name, bytes, counted).catch(() => false);
  }

  /** Removes chunks of versions that are no longer noted. */
  async #sweep(record: ModelRecord, names: Iterable<string>): Promise<void> {
    const ids = new Set(Object.values(record.files).map((file) => file?.id));
    for (const name of names)
      if (name !== RECORD && !ids.has(name.split(".")[0]))
        await this.#library.store.remove(this.#folder, name);
  }
}

function chunkName(file: FileRecord, index: number): string {
  return `${file.id}.${index}`;
}
