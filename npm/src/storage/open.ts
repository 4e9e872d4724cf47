/** Choosing where files are kept. */

import { UnmaskError } from "../errors.js";
import type { StorageChoice } from "../types.js";
import { CacheApiStore } from "./cache-api.js";
import { MemoryStore } from "./memory.js";
import { OpfsStore } from "./opfs.js";
import type { Store } from "./store.js";

// One of each for the thread, so that a second load finds what the first one kept.
const memories = new Map<string, MemoryStore>();

function memory(root: string): MemoryStore {
  const store = memories.get(root) ?? new MemoryStore();
  memories.set(root, store);
  return store;
}

/**
 * The store of `choice` that is called `root`; `auto` takes the first of file system, Cache API and memory that this page has, and `none`
 * gives undefined.
 * @throws {UnmaskError} `bad_input` when the one that was asked for is not there
 */
export async function openStore(choice: StorageChoice, root = "unmask"): Promise<Store | undefined> {
  const openers: { readonly [Kind in StorageChoice]: () => Promise<Store | undefined> } = {
    auto: async () => (await OpfsStore.open(root)) ?? (await CacheApiStore.open(root)) ?? memory(root),
    opfs: () => OpfsStore.open(root),
    "cache-api": () => CacheApiStore.open(root),
    memory: async () => memory(root),
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
