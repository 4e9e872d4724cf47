/** The bytes of a response, piece by piece. */

import { free } from "./free.js";

/** Bytes read at a time. */
const PIECE_BYTES = 256 * 1024;

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

/**
 * The pieces of `body`, each good until the next is asked for. They share one buffer where the browser can read into
 * it: the pieces that a stream hands out otherwise live on until a collector comes, twice the bytes of what was read.
 */
export async function* piecesOf(body: Body): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = byteReader(body);
  if (!reader) return yield* body;
  let buffer = new ArrayBuffer(PIECE_BYTES);
  try {
    for (let piece; (piece = await reader.read(new Uint8Array(buffer))).value;) {
      buffer = piece.value.buffer;
      if (piece.done) break;
      yield piece.value;
    }
  } finally {
    free(buffer);
    // Whoever stops early wants no more of it.
    await reader.cancel().catch(() => {});
  }
}

/** A reader into buffers of ours, where `body` is a stream of bytes. */
function byteReader(body: Body): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}
