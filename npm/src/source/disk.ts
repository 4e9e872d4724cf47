/** Files on this machine's disk, where JavaScript may read it: Node, Deno and Bun. */

import { UnmaskError } from "../errors.js";
import type { RangeFile } from "./open.js";

/** The part of `node:fs/promises` that is used. */
interface FileSystem {
  open(path: URL): Promise<Handle>;
  readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}
interface Handle {
  stat(): Promise<{ size: number; isFile(): boolean }>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  close(): Promise<void>;
}
interface Process {
  cwd(): string;
  getBuiltinModule?(name: "node:fs/promises"): FileSystem;
  getBuiltinModule?(name: "node:url"): { pathToFileURL(path: string): URL };
  getBuiltinModule?(name: "node:path"): { resolve(path: string): string };
}

// Not an import: bundlers for browsers would stumble over `node:`.
const process = (globalThis as { process?: Process }).process;

/** Whether there is a disk to read from. */
export function hasDisk(): boolean {
  return typeof process?.getBuiltinModule === "function";
}

/** The `file:` address of a path, or undefined where there is no disk or `text` is an address already. */
export function pathAddress(text: string): string | undefined {
  const isAddress = /^[a-z][a-z0-9+.-]+:/i.test(text);
  if (isAddress || !hasDisk()) return undefined;
  const path = process?.getBuiltinModule?.("node:path").resolve(text) ?? text;
  return process?.getBuiltinModule?.("node:url").pathToFileURL(path).href;
}

/** All bytes of the file at a `file:` address. */
export async function readFromDisk(url: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  return fileSystem().readFile(new URL(url));
}

/** A range reader over the file at a `file:` address. */
export class DiskFile implements RangeFile {
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  async size(): Promise<number | null> {
    try {
      return await this.#withFile(async (file) => {
        const { size, isFile } = await describe(file);
        return isFile ? size : null;
      });
    } catch (error) {
      if (isAbsent(error)) return null;
      throw this.#unreadable(error);
    }
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    const filled = await this.#withFile((file) => fill(bytes, file, start)).catch((error: unknown) => {
      throw this.#unreadable(error);
    });
    if (filled === bytes.length) return bytes;
    throw new UnmaskError(
      "bad_file",
      `${this.#url.href} ends at byte ${start + filled}, but byte ${end - 1} is needed; it may be cut off.`,
    );
  }

  async #withFile<T>(task: (file: Handle) => Promise<T>): Promise<T> {
    const file = await fileSystem().open(this.#url);
    try {
      return await task(file);
    } finally {
      await file.close();
    }
  }

  #unreadable(error: unknown): UnmaskError {
    const message = `${this.#url.href} cannot be read: ${String(error)}`;
    return new UnmaskError("missing_file", message, { cause: error });
  }
}

async function describe(file: Handle): Promise<{ size: number; isFile: boolean }> {
  const found = await file.stat();
  return { size: found.size, isFile: found.isFile() };
}

/** Bytes read: fewer than there is room for where the file ends. */
async function fill(bytes: Uint8Array, file: Handle, start: number): Promise<number> {
  let filled = 0;
  for (let read = 1; read > 0 && filled < bytes.length; filled += read)
    read = (await file.read(bytes, filled, bytes.length - filled, start + filled)).bytesRead;
  return filled;
}

function isAbsent(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "ENOENT" || code === "ENOTDIR";
}

function fileSystem(): FileSystem {
  const found = process?.getBuiltinModule?.("node:fs/promises");
  if (found) return found;
  throw new UnmaskError(
    "bad_input",
    "A page cannot read file: addresses; serve the folder, or pass picked files. Node must be 20.16 or newer.",
  );
}
