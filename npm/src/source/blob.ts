/** Files that are here already. */

import { UnmaskError } from "../errors.js";
import type { RangeFile } from "./open.js";

/** A range reader over a `Blob`: bytes in memory, a picked file, or a finished download. */
export class BlobFile implements RangeFile {
  readonly #name: string;
  readonly #blob: Blob;

  constructor(name: string, blob: Blob) {
    this.#name = name;
    this.#blob = blob;
  }

  async size(): Promise<number> {
    return this.#blob.size;
  }

  async read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#slice(start, end);
    if (bytes.byteLength === end - start) return new Uint8Array(bytes);
    throw new UnmaskError(
      "bad_file",
      `"${this.#name}" ends at byte ${this.#blob.size}, but byte ${end - 1} is needed; it may be cut off.`,
    );
  }

  async #slice(start: number, end: number): Promise<ArrayBuffer> {
    try {
      return await this.#blob.slice(start, end).arrayBuffer();
    } catch (error) {
      // The browser refuses a picked file that was changed or moved on disk since.
      throw new UnmaskError(
        "bad_file",
        `"${this.#name}" can no longer be read; pick it again. (${String(error)})`,
        { cause: error },
      );
    }
  }
}
