/** What several tests need. */

import type { Backend } from "../src/backend.js";
import { Client, WorkerBackend } from "../src/client.js";
import { loadDirect } from "../src/direct.js";
import { UnmaskError, type ErrorCode } from "../src/errors.js";
import type { LoadArgs } from "../src/protocol.js";
import { serve } from "../src/serve.js";
import { resolveSource } from "../src/source/spec.js";
import type { Frame } from "../src/types.js";
import { FAKE_FILES, type FakeWasm } from "./fake-wasm.js";

/** Arguments that load the fake's files. */
export function fakeLoadArgs(changes: Partial<LoadArgs> = {}): LoadArgs {
  return {
    source: resolveSource(FAKE_FILES),
    keep: { storage: "none", cacheLimit: undefined },
    device: "auto",
    dtype: "auto",
    kv: "auto",
    conventions: {},
    tune: true,
    threads: "auto",
    ...changes,
  };
}

/** A fake model on this thread. */
export function directBackend(wasm: FakeWasm, changes?: Partial<LoadArgs>): Promise<Backend> {
  return loadDirect(wasm, fakeLoadArgs(changes), { onProgress: () => {} });
}

/** A client whose worker is a message channel away, in the same thread. */
export function channelClient(wasm: FakeWasm): Client {
  const { port1, port2 } = new MessageChannel();
  serve(port2, async () => wasm);
  return new Client(port1, () => port1.close());
}

/** A fake model behind a message channel. */
export async function channelBackend(wasm: FakeWasm, changes?: Partial<LoadArgs>): Promise<Backend> {
  const client = channelClient(wasm);
  const load = fakeLoadArgs(changes);
  return new WorkerBackend(client, await client.call("load", { urls: {}, load }));
}

/** For `assert.rejects` and `assert.throws`: an `UnmaskError` with this code, and words in its message. */
export function withCode(code: ErrorCode, ...words: string[]): (error: unknown) => boolean {
  return (error) =>
    error instanceof UnmaskError &&
    error.code === code &&
    words.every((word) => error.message.includes(word));
}

/** All frames of a generation. */
export async function collect(frames: AsyncIterable<Frame>): Promise<Frame[]> {
  const all: Frame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
