/** What a source keeps, and where: from the options of a load to a folder of the library. */

import { UnmaskError } from "../errors.js";
import type { SourceSpec } from "../source/spec.js";
import type { StorageChoice } from "../types.js";
import { KeptModel } from "./kept-model.js";
import { Library } from "./library.js";
import { openStore } from "./open.js";

/** How to keep, as plain data. */
export interface KeepArgs {
  readonly storage: StorageChoice;
  /** Bytes of all kept models together; undefined for as many as the browser gives. */
  readonly cacheLimit: number | undefined;
}

/** The library that `args` mean, or undefined where nothing is to be kept. */
export async function openLibrary({ storage, cacheLimit }: KeepArgs): Promise<Library | undefined> {
  if (cacheLimit !== undefined && !(cacheLimit >= 0))
    throw new UnmaskError("bad_input", `cacheLimit is a number of bytes, not ${String(cacheLimit)}.`);
  const store = await openStore(storage);
  return store && new Library(store, cacheLimit);
}

/** The folder for `source`, or undefined where nothing is to be kept or nothing of it comes from a network. */
export async function openKept(
  source: SourceSpec,
  args: KeepArgs,
): Promise<{ model: KeptModel; library: Library } | undefined> {
  const name = keptName(source);
  const library = name === undefined ? undefined : await openLibrary(args);
  return library && name !== undefined ? { library, model: await KeptModel.open(library, name) } : undefined;
}

/** What the remote part of `source` is kept under: its address; undefined where it has none. */
export function keptName(source: SourceSpec): string | undefined {
  if (source.kind === "folder") return isRemote(source.url) ? source.url : undefined;
  const remote = [...source.files].flatMap(([name, spec]) =>
    "url" in spec && isRemote(spec.url) ? [`${name}: ${spec.url}`] : [],
  );
  return remote.length > 0 ? remote.sort().join("\n") : undefined;
}

function isRemote(url: string): boolean {
  return /^https?:/.test(url);
}
