/** The origin private file system: real files, which the browser shows to nobody else. */

import { free } from "../source/free.js";
import type { Store } from "./store.js";

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

  async get(folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return unlessMissing(async () => {
      const directory = await this.#root.getDirectoryHandle(folder);
      const file = await (await directory.getFileHandle(name)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    });
  }

  async put(folder: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const directory = await this.#root.getDirectoryHandle(folder, { create: true });
    const file = await directory.getFileHandle(name, { create: true });
    const writable = await file.createWritable();
    try {
      await writable.write(bytes);
      await writable.close();
      free(bytes.buffer);
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
