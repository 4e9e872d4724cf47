/** Files that come as streams. */

import { UnmaskError } from "../errors.js";
import { unlessInterrupted } from "../interrupt.js";
import type { FileContent, ModelSource } from "../types.js";
import { GGUF } from "./gguf.js";

/**
 * `source` with its streams read into blobs: the engine reads ranges, in any order, and not every browser can send a
 * stream to a worker.
 */
export async function withoutStreams(source: ModelSource, signal?: AbortSignal): Promise<ModelSource> {
  if (source instanceof ReadableStream) return blobOf(GGUF, source, signal);
  if (!isFilesByName(source)) return source;
  const entries = Object.entries(source).map(async ([name, content]) => [
    name,
    content instanceof ReadableStream ? await blobOf(name, content, signal) : content,
  ]);
  return Object.fromEntries(await Promise.all(entries)) as ModelSource;
}

function isFilesByName(source: ModelSource): source is { readonly [name: string]: FileContent } {
  return typeof source === "object" && source !== null && Object.getPrototypeOf(source) === Object.prototype;
}

async function blobOf(name: string, stream: ReadableStream, signal?: AbortSignal): Promise<Blob> {
  // The pipe cancels the stream itself when the signal is raised.
  const piped = stream.pipeThrough(new TransformStream(), signal ? { signal } : {});
  try {
    return await unlessInterrupted(new Response(piped).blob(), signal, "Loading");
  } catch (error) {
    if (error instanceof UnmaskError) throw error;
    const message = `The stream of "${name}" could not be read: ${String(error)}`;
    throw new UnmaskError("bad_file", message, { cause: error });
  }
}
