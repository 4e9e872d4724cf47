/** A remote file whose chunks are kept: each is downloaded once, by whichever tab needs it first. */

import { UnmaskError } from "../errors.js";
import type { RangeFile } from "../source/open.js";
import type { TransferHooks } from "../source/hooks.js";
import type { RemoteFile } from "../source/remote.js";
import { CHUNK_BYTES, chunkRange, SEALED_BYTES } from "./chunk.js";
import type { KeptModel } from "./kept-model.js";
import type { FileRecord } from "./record.js";

/** Chunks of a file that stay in memory while it is read. */
const RECENT = 4;

/** Reads ranges of a file from its chunks in `model`, and fetches those that are missing or spoilt. */
export class KeptFile implements RangeFile {
  readonly #remote: RemoteFile;
  readonly #model: KeptModel;
  readonly #hooks: TransferHooks;
  #opened: Promise<FileRecord | null> | undefined;
  // The chunks read last, the latest at the end: the tensors of a layer are not read in the order of the file.
  readonly #recent = new Map<number, Uint8Array<ArrayBuffer>>();
  // What went from there while someone may still read it, and what nobody reads: the next chunks are put there. The
  // collector does not know how large they are, and would let those of a whole download gather.
  readonly #old = new Set<ArrayBuffer>();
  readonly #spare: ArrayBuffer[] = [];
  #readers = 0;
  readonly #pending = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
  readonly #counted = new Set<number>();

  constructor(remote: RemoteFile, model: KeptModel, hooks: TransferHooks) {
    this.#remote = remote;
    this.#model = model;
    this.#hooks = hooks;
  }

  async size(): Promise<number | null> {
    return (await this.#open())?.size ?? null;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    const file = await this.#open();
    const { name, url } = this.#remote;
    if (!file) throw new UnmaskError("missing_file", `There is no file at ${url}.`);
    if (end > file.size) {
      throw new UnmaskError(
        "bad_file",
        `"${name}" ends at byte ${file.size}, but byte ${end - 1} is needed; it may be cut off.`,
      );
    }
    this.#readers += 1;
    try {
      return await this.#copy(file, start, end);
    } finally {
      this.#readers -= 1;
      this.#reuseOld();
    }
  }

  async #copy(file: FileRecord, start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    for (let at = start; at < end;) {
      const index = Math.floor(at / CHUNK_BYTES);
      const chunk = await this.#chunk(file, index);
      const part = chunk.subarray(at - index * CHUNK_BYTES, end - index * CHUNK_BYTES);
      bytes.set(part, at - start);
      at += part.length;
    }
    return bytes;
  }

  #open(): Promise<FileRecord | null> {
    if (!this.#opened) {
      this.#opened = this.#identify();
      this.#opened.catch(() => (this.#opened = undefined));
    }
    return this.#opened;
  }

  /** Asks the server whether what is known of the file still holds; without a network, it does. */
  async #identify(): Promise<FileRecord | null> {
    const { name, url } = this.#remote;
    const known = this.#model.file(name);
    const found = known === undefined ? await this.#remote.identity() : await this.#remote.askIdentity(known);
    return found === known && known !== undefined ? known : this.#model.note(name, url, found);
  }

  async #chunk(file: FileRecord, index: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = this.#recent.get(index) ?? (await this.#find(file, index));
    this.#remember(index, bytes);
    this.#readAhead(file, index + 1);
    return bytes;
  }

  #remember(index: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#old.delete(bytes.buffer);
    this.#recent.delete(index);
    this.#recent.set(index, bytes);
    for (const [oldest, chunk] of this.#recent) {
      if (this.#recent.size <= RECENT) break;
      this.#recent.delete(oldest);
      this.#old.add(chunk.buffer);
    }
    this.#reuseOld();
  }

  #reuseOld(): void {
    if (this.#readers > 0) return;
    for (const buffer of this.#old) this.#reuse(buffer);
    this.#old.clear();
  }

  #reuse(buffer: ArrayBuffer): void {
    if (buffer.byteLength === SEALED_BYTES && this.#spare.length < RECENT) this.#spare.push(buffer);
  }

  /** Begins to find the next chunk while the engine works on this one. */
  #readAhead(file: FileRecord, index: number): void {
    const isThere = index * CHUNK_BYTES < file.size;
    if (!isThere || this.#recent.has(index) || this.#pending.size > 0) return;
    // Whoever needs the chunk tries again, and learns what is wrong.
    this.#find(file, index).then(
      (bytes) => this.#remember(index, bytes),
      () => {},
    );
  }

  #find(file: FileRecord, index: number): Promise<Uint8Array<ArrayBuffer>> {
    let pending = this.#pending.get(index);
    if (!pending) {
      const find = async () => (await this.#kept(file, index)) ?? (await this.#fetched(file, index));
      pending = find().finally(() => this.#pending.delete(index));
      this.#pending.set(index, pending);
    }
    return pending;
  }

  async #kept(file: FileRecord, index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const room = this.#spare.pop() ?? new ArrayBuffer(SEALED_BYTES);
    const bytes = await this.#model.chunk(file, index, room);
    if (bytes?.buffer !== room) this.#reuse(room);
    if (bytes && !this.#counted.has(index)) {
      this.#counted.add(index);
      this.#hooks.onBytes({ file: this.#remote.name, bytes: bytes.length, total: file.size, kept: true });
    }
    return bytes;
  }

  #fetched(file: FileRecord, index: number): Promise<Uint8Array<ArrayBuffer>> {
    const { start, end } = chunkRange(index, file.size);
    return this.#model.locked(async () => {
      // Another tab may have fetched it while this one waited.
      const kept = await this.#kept(file, index);
      if (kept) return kept;
      await this.#checkUnchanged(file);
      this.#counted.add(index);
      const room = this.#spare.pop() ?? new ArrayBuffer(SEALED_BYTES);
      const bytes = await this.#remote.readInto(new Uint8Array(room, 0, end - start), start);
      await this.#model.keep(file, index, bytes);
      if (!this.#model.hasRoom) this.#hooks.onFull();
      return bytes;
    }, this.#hooks.signal);
  }

  /** What was kept and what the server has now must be the same file. */
  async #checkUnchanged({ size, version }: FileRecord): Promise<void> {
    const found = await this.#remote.identity();
    if (found?.size === size && found.version === version) return;
    const { url } = this.#remote;
    throw new UnmaskError("network", `${url} changed while it was read; load the model again.`);
  }
}
