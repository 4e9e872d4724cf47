/** What is noted about a kept model: one small JSON file beside its chunks. */

import type { FileIdentity } from "../source/remote.js";

/** A file of the record: `id` begins the names of its chunks. */
export interface FileRecord extends FileIdentity {
  readonly id: string;
}

/** A kept model. */
export interface ModelRecord {
  /** What it was loaded from, as a text for people. */
  readonly source: string;
  /** Its files by name; null for one that the server does not have. */
  readonly files: Readonly<Record<string, FileRecord | null>>;
  /** Whether everything is here that loading reads. */
  readonly complete: boolean;
  /** Milliseconds since 1970 at its last load. */
  readonly used: number;
}

/** Name of the record in the model's folder. */
export const RECORD = "record.json";

/** Bytes of a record. */
export function encodeRecord(record: ModelRecord): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** The record in `bytes`, or undefined where they hold none: then nothing of the folder can be trusted. */
export function decodeRecord(bytes: Uint8Array | undefined): ModelRecord | undefined {
  if (!bytes) return undefined;
  try {
    const record = JSON.parse(new TextDecoder().decode(bytes)) as ModelRecord;
    const { source, files, complete, used } = record;
    const whole =
      typeof source === "string" && typeof complete === "boolean" && Number.isFinite(used) && isObject(files);
    return whole && Object.values(files).every(isFile) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isFile(file: FileRecord | null): boolean {
  return (
    file === null ||
    (isObject(file) &&
      Number.isSafeInteger(file.size) &&
      typeof file.version === "string" &&
      typeof file.id === "string")
  );
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
