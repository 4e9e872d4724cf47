/** The pieces of a response: all bytes in order, from any kind of stream, and none left behind. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { piecesOf } from "../src/source/body.js";

const BYTES = Uint8Array.from({ length: 700_000 }, (_, index) => (index * 7919) >> 3);

/** A body that hands out `size` bytes at a time; `cancelled` tells whether its reader went away. */
function body(type: "bytes" | undefined, size: number) {
  const state = { cancelled: false };
  let at = 0;
  const pull = (controller: ReadableStreamDefaultController | ReadableByteStreamController) => {
    if (at < BYTES.length) controller.enqueue(BYTES.slice(at, (at += size)));
    else controller.close();
    // A read into a buffer waits for an answer of its own.
    if (at >= BYTES.length && "byobRequest" in controller) controller.byobRequest?.respond(0);
  };
  const cancel = () => void (state.cancelled = true);
  const stream = type ? new ReadableStream({ type, pull, cancel }) : new ReadableStream({ pull, cancel });
  return { stream: stream as ReadableStream<Uint8Array<ArrayBuffer>>, state };
}

describe("the pieces of a body", () => {
  for (const type of ["bytes", undefined] as const)
    it(`are all its bytes: a stream of ${type ?? "anything"}`, async () => {
      const read: Uint8Array[] = [];
      for await (const piece of piecesOf(body(type, 300_000).stream)) read.push(piece.slice());
      assert.ok(Buffer.concat(read).equals(BYTES));
    });

  it("share one buffer, which is freed at the end", async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of piecesOf(body("bytes", 100_000).stream)) {
      assert.ok(
        pieces.every(({ length }) => length === 0),
        "the piece before is gone",
      );
      pieces.push(piece);
    }
    assert.ok(pieces.length > 1);
    // Node 20 cannot free a buffer by itself.
    if ("transfer" in ArrayBuffer.prototype) assert.equal(pieces.at(-1)?.length, 0);
  });

  it("end the stream when nobody wants more", async () => {
    const { stream, state } = body("bytes", 1000);
    for await (const piece of piecesOf(stream)) if (piece.length > 0) break;
    assert.ok(state.cancelled);
  });
});
