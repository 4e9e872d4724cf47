/** Opening a source: from its description to files that the engine can read. */

import { UnmaskError } from "../errors.js";
import { KeptFile } from "../storage/kept-file.js";
import type { KeptModel } from "../storage/kept-model.js";
import type { CheckpointFiles } from "../wasm-api.js";
import { BlobFile } from "./blob.js";
import { DiskFile } from "./disk.js";
import type { TransferHooks } from "./hooks.js";
import { RemoteFile } from "./remote.js";
import type { FileSpec, SourceSpec } from "./spec.js";
import { fileAddress } from "./url.js";

/** One file that can be read by ranges. */
export interface RangeFile {
  /** Bytes, or null when there is no such file. */
  size(): Promise<number | null>;
  /** Exactly the bytes `start` to `end` (exclusive), which are the caller's. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** The files of `source`; what `kept` is given for is read from there, and kept there as it comes from the network. */
export function openSource(source: SourceSpec, hooks: TransferHooks, kept?: KeptModel): CheckpointFiles {
  const opened = new Map<string, RangeFile | undefined>();
  const file = (name: string) => {
    if (!opened.has(name)) opened.set(name, open(name, source, hooks, kept));
    return opened.get(name);
  };
  return {
    size: async (name) => (await file(name)?.size()) ?? null,
    read: async (name, start, end) => {
      const found = file(name);
      if (!found) throw new UnmaskError("missing_file", `There is no file "${name}" among those given.`);
      return found.read(start, end);
    },
  };
}

function open(
  name: string,
  source: SourceSpec,
  hooks: TransferHooks,
  kept?: KeptModel,
): RangeFile | undefined {
  const spec = source.kind === "folder" ? { url: fileAddress(source.url, name) } : source.files.get(name);
  return spec && openFile(name, spec, hooks, kept);
}

function openFile(name: string, spec: FileSpec, hooks: TransferHooks, kept?: KeptModel): RangeFile {
  if (spec instanceof Blob) return new BlobFile(name, spec);
  if (spec instanceof ArrayBuffer || spec instanceof Uint8Array) return new BlobFile(name, new Blob([spec]));
  if (spec.url.startsWith("file:")) return new DiskFile(spec.url);
  if (!kept) return new RemoteFile(spec.url, name, hooks);
  // What is kept here would lie in the HTTP cache a second time.
  return new KeptFile(new RemoteFile(spec.url, name, { ...hooks, httpCache: "no-store" }), kept, hooks);
}
