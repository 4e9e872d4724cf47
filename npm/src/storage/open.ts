/** Choosing where files are kept. */

import { UnmaskError } from "../errors.js";
import type { StorageChoice } from "../types.js";
import { CacheApiStore } from "./cache-api.js";
import { MemoryStore } from "./memory.js";
import { OpfsStore } from "./opfs.js";
import type { Store } from "./store.js";

// One for the thread, so that a second load finds what the first one kept.
const memory = new MemoryStore();

/**
 * The store of `choice`; `auto` takes the first of file system, Cache API and memory that this page has, and `none`
 * gives undefined.
 * @throws {UnmaskError} `bad_input` when the one that was asked for is not there
 */
export async function openStore(choice: StorageChoice): Promise<Store | undefined> {
  const openers: { readonly [Kind in StorageChoice]: () => Promise<Store | undefined> } = {
    auto: async () => (await OpfsStore.open()) ?? (await CacheApiStore.open()) ?? memory,
    opfs: () => OpfsStore.open(),
    "cache-api": () => CacheApiStore.open(),
    memory: async () => memory,
    none: async () => undefined,
  };
  const store = await openers[choice]?.();
  if (store || choice === "none") return store;
  const known = Object.keys(openers).join(", ");
  throw new UnmaskError(
    "bad_input",
    `There is no storage "${choice}" here; choose "auto", or another of ${known}. Insecure pages have only memory.`,
  );
}
