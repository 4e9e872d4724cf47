/** A file behind an address, read by range requests. */

import { UnmaskError } from "../errors.js";
import { unlessInterrupted } from "../interrupt.js";
import { BlobFile } from "./blob.js";
import { piecesOf } from "./body.js";
import { discard, requestBytes, totalOf, transferError, TransientError, versionOf } from "./http.js";
import type { TransferHooks } from "./hooks.js";
import type { RangeFile } from "./open.js";

/** A file as its server describes it. */
export interface FileIdentity {
  /** Bytes. */
  readonly size: number;
  /** ETag or date of the last change; empty where the server tells neither. */
  readonly version: string;
}

/** Attempts in a row without a byte of progress before giving up. */
const ATTEMPTS = 5;

// The first request brings this much, so that small files and the header of a large one need no second.
const HEAD_BYTES = 64 * 1024;

/** What the first request found: ranges work, or the server sends only whole files and this one is held. */
type Opened = FileIdentity & ({ readonly head: Uint8Array<ArrayBuffer> } | { readonly whole: BlobFile });

/** Reads ranges of `url`; resumes cut transfers, and makes do with a server that knows no ranges. */
export class RemoteFile implements RangeFile {
  readonly url: string;
  /** Its name in the checkpoint. */
  readonly name: string;
  readonly #hooks: TransferHooks;
  #opened: Promise<Opened | null> | undefined;

  constructor(url: string, name: string, hooks: TransferHooks) {
    this.url = url;
    this.name = name;
    this.#hooks = hooks;
  }

  async size(): Promise<number | null> {
    return (await this.#open())?.size ?? null;
  }

  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.readInto(new Uint8Array(end - start), start);
  }

  /** Fills `bytes` with those from `start` on. */
  async readInto(bytes: Uint8Array<ArrayBuffer>, start: number): Promise<Uint8Array<ArrayBuffer>> {
    const end = start + bytes.length;
    const opened = await this.#open();
    if (!opened) throw new UnmaskError("missing_file", `There is no file at ${this.url}.`);
    if ("whole" in opened) return copied(await opened.whole.read(start, end), bytes);
    if (end > opened.size) {
      throw new UnmaskError(
        "bad_file",
        `${this.url} ends at byte ${opened.size}, but byte ${end - 1} is needed; it may be cut off.`,
      );
    }
    if (end <= opened.head.length) return copied(opened.head.subarray(start, end), bytes);
    await this.#readRange(bytes, start, opened.size);
    return bytes;
  }

  /** Size and version, or null when there is no such file. The request brings the beginning of the file, too. */
  async identity(): Promise<FileIdentity | null> {
    const opened = await this.#open();
    return opened && { size: opened.size, version: opened.version };
  }

  /** Size and version by a request for one byte, tried once; `known` while the server cannot be reached. */
  async askIdentity<Known extends FileIdentity | null>(known: Known): Promise<FileIdentity | Known | null> {
    if (this.#opened) return this.identity();
    try {
      const response = await requestBytes(this.url, [0, 1], this.#hooks);
      await discard(response);
      if (isMissing(response)) return null;
      const length = response.status === 200 ? response.headers.get("Content-Length") : null;
      const size = totalOf(response) ?? (length === null ? undefined : Number(length));
      return size === undefined ? this.identity() : { size, version: versionOf(response) };
    } catch (error) {
      if (error instanceof TransientError) return known;
      throw error;
    }
  }

  #open(): Promise<Opened | null> {
    if (!this.#opened) {
      this.#opened = this.#retrying(() => this.#openOnce());
      this.#opened.catch(() => (this.#opened = undefined));
    }
    return this.#opened;
  }

  async #openOnce(): Promise<Opened | null> {
    const response = await requestBytes(this.url, [0, HEAD_BYTES], this.#hooks);
    const size = totalOf(response);
    if (isMissing(response)) {
      await discard(response);
      return null;
    }
    if (response.status === 200) return this.#openWhole(response);
    const version = versionOf(response);
    if (response.status === 206 && size !== undefined) {
      const head = new Uint8Array(Math.min(size, HEAD_BYTES));
      await this.#pour(response, head, { filled: 0 }, size);
      return { size, version, head };
    }
    await discard(response);
    // An empty file has no range to give. Another server may hide the size from this origin: then take all of it.
    if (response.status === 416 && size === 0) return { size, version, head: new Uint8Array() };
    const whole = await requestBytes(this.url, undefined, this.#hooks);
    return whole.status === 200 && !isMissing(whole) ? this.#openWhole(whole) : null;
  }

  async #openWhole(response: Response): Promise<Opened> {
    const announced = Number(response.headers.get("Content-Length") ?? 0);
    let loaded = 0;
    const report = (chunk: Uint8Array) => {
      loaded += chunk.length;
      this.#report(chunk.length, Math.max(announced, loaded));
    };
    try {
      // The browser builds the blob, and may keep a large one on disk.
      const blob = await new Response(watched(response, report)).blob();
      return { size: blob.size, version: versionOf(response), whole: new BlobFile(this.name, blob) };
    } catch (error) {
      throw transferError(this.url, error, this.#hooks.signal);
    }
  }

  async #readRange(bytes: Uint8Array, start: number, size: number): Promise<void> {
    const end = start + bytes.length;
    const progress = { filled: 0 };
    await this.#retrying(async () => {
      const from = start + progress.filled;
      const response = await requestBytes(this.url, [from, end], this.#hooks);
      const begin = /bytes (\d+)-/.exec(response.headers.get("Content-Range") ?? "")?.[1];
      if (response.status !== 206 || Number(begin) !== from || totalOf(response) !== size) {
        await discard(response);
        throw new UnmaskError(
          "network",
          `${this.url} changed while it was read (status ${response.status}); load the model again.`,
        );
      }
      await this.#pour(response, bytes, progress, size);
    }, progress);
  }

  /** Fills the rest of `bytes` from the body, and counts in `progress` what has come even when it breaks off. */
  async #pour(
    response: Response,
    bytes: Uint8Array,
    progress: { filled: number },
    total: number,
  ): Promise<void> {
    try {
      for await (const piece of response.body ? piecesOf(response.body) : []) {
        const wanted = piece.subarray(0, bytes.length - progress.filled);
        bytes.set(wanted, progress.filled);
        progress.filled += wanted.length;
        this.#report(wanted.length, total);
      }
    } catch (error) {
      throw transferError(this.url, error, this.#hooks.signal);
    }
    if (progress.filled < bytes.length) {
      throw new TransientError(
        "network",
        `${this.url} sent ${progress.filled} of ${bytes.length} bytes, then closed the connection.`,
      );
    }
  }

  #report(bytes: number, total: number): void {
    this.#hooks.onBytes({ file: this.name, bytes, total, kept: false });
  }

  /** Repeats `attempt` after passing failures; one that brought bytes does not count against the limit. */
  async #retrying<T>(attempt: () => Promise<T>, progress = { filled: 0 }): Promise<T> {
    const { signal, retryDelay = 250 } = this.#hooks;
    for (let failures = 0, before = 0; ; before = progress.filled) {
      try {
        return await attempt();
      } catch (error) {
        failures = progress.filled > before ? 1 : failures + 1;
        if (!(error instanceof TransientError) || failures >= ATTEMPTS) throw error;
        const pause = new Promise<void>((resolve) => setTimeout(resolve, retryDelay * 2 ** (failures - 1)));
        await unlessInterrupted(pause, signal, "Loading");
      }
    }
  }
}

function copied(bytes: Uint8Array, into: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  into.set(bytes);
  return into;
}

// Development servers answer any unknown path with the page itself; no file of a checkpoint is HTML.
function isMissing(response: Response): boolean {
  const { status, headers } = response;
  return status === 404 || status === 410 || (headers.get("Content-Type") ?? "").startsWith("text/html");
}

function watched(
  response: Response,
  report: (chunk: Uint8Array) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  const watch = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      report(chunk);
      controller.enqueue(chunk);
    },
  });
  return response.body?.pipeThrough(watch) ?? null;
}
