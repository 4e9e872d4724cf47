/** What is kept of models: asking for it and removing it. */

import { nameOf } from "./storage/chunk.js";
import { resolveSource } from "./source/spec.js";
import { keptName, openLibrary } from "./storage/keep.js";
import type { CachedModel, CacheOptions, ModelSource } from "./types.js";

/** Whether loading `source` needs no download. True of files that are here already. */
export async function isCached(source: ModelSource, options: CacheOptions = {}): Promise<boolean> {
  const name = keptName(resolveSource(source, options.hubUrl));
  if (name === undefined) return true;
  const library = await libraryOf(options);
  return (await library?.record(await nameOf(name)))?.complete ?? false;
}

/** Every model that is kept, complete or not, the one used last first. */
export async function listCached(options: CacheOptions = {}): Promise<CachedModel[]> {
  return (await (await libraryOf(options))?.list()) ?? [];
}

/** Removes what is kept of `source`, or of all models. A model that is loaded works on. */
export async function deleteCached(source?: ModelSource, options: CacheOptions = {}): Promise<void> {
  const name = source === undefined ? undefined : keptName(resolveSource(source, options.hubUrl));
  if (source !== undefined && name === undefined) return;
  const library = await libraryOf(options);
  await library?.remove(name === undefined ? undefined : await nameOf(name));
}

function libraryOf({ storage = "auto" }: CacheOptions) {
  return openLibrary({ storage, cacheLimit: undefined });
}
