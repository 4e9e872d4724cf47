/** The origin private file system: real files, which the browser shows to nobody else. */

import type { Store } from "./store.js";

/** From so many bytes on a worker writes in place. */
const LARGE = 1 << 20;

/** A file with the handle that only workers have. */
interface SyncFile extends FileSystemFileHandle {
  createSyncAccessHandle?(): Promise<SyncHandle>;
}
interface SyncHandle {
  getSize(): number;
  read(bytes: Uint8Array, options: { at: number }): number;
  truncate(bytes: number): void;
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}

/** A folder of the file system for each folder of the store. */
export class OpfsStore implements Store {
  readonly kind = "opfs";
  readonly #root: FileSystemDirectoryHandle;

  private constructor(root: FileSystemDirectoryHandle) {
    this.#root = root;
  }

  /** The store of this origin in the folder `name`, or undefined where the browser has none for this page. */
  static async open(name: string): Promise<OpfsStore | undefined> {
    // `createWritable` writes to a temporary file that takes the place of the old one when it is closed. Browsers
    // without it (Safari before 26) have only a handle that writes in place.
    if (typeof FileSystemFileHandle === "undefined" || !("createWritable" in FileSystemFileHandle.prototype))
      return undefined;
    try {
      const root = await navigator.storage.getDirectory();
      return new OpfsStore(await root.getDirectoryHandle(name, { create: true }));
    } catch {
      // Private windows of some browsers refuse.
      return undefined;
    }
  }

  async folders(): Promise<string[]> {
    return namesIn(this.#root);
  }

  async names(folder: string): Promise<string[]> {
    const directory = await this.#folder(folder);
    return directory ? namesIn(directory) : [];
  }

  async get(folder: string, name: string, into?: ArrayBuffer): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return unlessMissing(async () => {
      const directory = await this.#root.getDirectoryHandle(folder);
      const handle: SyncFile = await directory.getFileHandle(name);
      const bytes = into && (await readAtOnce(handle, into));
      return bytes ?? new Uint8Array(await (await handle.getFile()).arrayBuffer());
    });
  }

  async put(folder: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const directory = await this.#root.getDirectoryHandle(folder, { create: true });
    const file: SyncFile = await directory.getFileHandle(name, { create: true });
    if (bytes.length >= LARGE && (await putAtOnce(file, bytes))) return;
    const writable = await file.createWritable();
    try {
      await writable.write(bytes);
      await writable.close();
    } catch (error) {
      await writable.abort().catch(() => {});
      throw error;
    }
  }

  async remove(folder: string, name?: string): Promise<void> {
    await unlessMissing(async () => {
      if (name === undefined) return this.#root.removeEntry(folder, { recursive: true });
      return (await this.#root.getDirectoryHandle(folder)).removeEntry(name);
    });
  }

  #folder(folder: string): Promise<FileSystemDirectoryHandle | undefined> {
    return unlessMissing(() => this.#root.getDirectoryHandle(folder));
  }
}

// A stream makes a copy of every chunk, and a `File` an array for each, all of which Chromium keeps until a collection:
// several hundred megabytes while a model comes. A handle does without either.

async function putAtOnce(file: SyncFile, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const handle = await file.createSyncAccessHandle?.().catch(() => undefined);
  if (!handle) return false;
  try {
    handle.truncate(0);
    if (handle.write(bytes, { at: 0 }) !== bytes.length)
      throw new DOMException("no room for all bytes", "QuotaExceededError");
    handle.flush();
    return true;
  } finally {
    handle.close();
  }
}

async function readAtOnce(file: SyncFile, into: ArrayBuffer): Promise<Uint8Array<ArrayBuffer> | undefined> {
  // Another tab that has the file open is the only one that may.
  const handle = await file.createSyncAccessHandle?.().catch(() => undefined);
  if (!handle) return undefined;
  try {
    const size = handle.getSize();
    if (size > into.byteLength) return undefined;
    const bytes = new Uint8Array(into, 0, size);
    return handle.read(bytes, { at: 0 }) === size ? bytes : undefined;
  } finally {
    handle.close();
  }
}

async function namesIn(directory: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = [];
  for await (const name of directory.keys()) names.push(name);
  return names;
}

async function unlessMissing<T>(task: () => Promise<T>): Promise<T | undefined> {
  try {
    return await task();
  } catch (error) {
    if ((error as DOMException).name === "NotFoundError") return undefined;
    throw error;
  }
}
