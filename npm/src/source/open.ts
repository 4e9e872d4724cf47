/** Opening a source: from its description to files that the engine can read. */

import { UnmaskError } from "../errors.js";
import type { CheckpointFiles } from "../wasm-api.js";
import { BlobFile } from "./blob.js";
import { fileAddress } from "./url.js";
import { RemoteFile, type TransferHooks } from "./remote.js";
import type { FileSpec, SourceSpec } from "./spec.js";

/** One file that can be read by ranges. */
export interface RangeFile {
  /** Bytes, or null when there is no such file. */
  size(): Promise<number | null>;
  /** Exactly the bytes `start` to `end` (exclusive). */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** The files of `source`; `hooks` stop transfers and watch those that must be read whole. */
export function openSource(source: SourceSpec, hooks: TransferHooks): CheckpointFiles {
  const open = opener(source, hooks);
  const opened = new Map<string, RangeFile | undefined>();
  const file = (name: string) => {
    if (!opened.has(name)) opened.set(name, open(name));
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

function opener(source: SourceSpec, hooks: TransferHooks): (name: string) => RangeFile | undefined {
  if (source.kind === "folder") return (name) => new RemoteFile(fileAddress(source.url, name), name, hooks);
  return (name) => {
    const spec = source.files.get(name);
    return spec && openFile(name, spec, hooks);
  };
}

function openFile(name: string, spec: FileSpec, hooks: TransferHooks): RangeFile {
  if (spec instanceof Blob) return new BlobFile(name, spec);
  if (spec instanceof ArrayBuffer || spec instanceof Uint8Array) return new BlobFile(name, new Blob([spec]));
  return new RemoteFile(spec.url, name, hooks);
}
