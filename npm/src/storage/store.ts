/** Places where bytes are kept between visits. */

import type { StorageKind } from "../types.js";

/**
 * Folders of named bytes. A `put` is all or nothing: whoever is cut off in the middle of one, tab or machine, leaves
 * either the old bytes or the new ones; of large ones perhaps a part, which their seal tells. What a store has no room
 * for rejects with a `QuotaExceededError`. Bytes that are put are only lent, those that `get` gives are the caller's own.
 */
export interface Store {
  readonly kind: StorageKind;
  folders(): Promise<string[]>;
  names(folder: string): Promise<string[]>;
  /** The bytes, in `into` where the store can read into it and it is large enough. */
  get(folder: string, name: string, into?: ArrayBuffer): Promise<Uint8Array<ArrayBuffer> | undefined>;
  put(folder: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Removes one name, or the folder with all that is in it. What is not there is no error. */
  remove(folder: string, name?: string): Promise<void>;
}

/** Whether `error` says that a store is full. */
export function isQuotaError(error: unknown): boolean {
  return (error as { name?: unknown } | undefined)?.name === "QuotaExceededError";
}
