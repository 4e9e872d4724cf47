/** What is kept of downloads: in memory here, and in the browsers' stores in tests/browser. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Arrival } from "../src/source/hooks.js";
import { openSource } from "../src/source/open.js";
import { resolveSource } from "../src/source/spec.js";
import { CHUNK_BYTES, nameOf, seal, unseal } from "../src/storage/chunk.js";
import { keptName } from "../src/storage/keep.js";
import { KeptModel } from "../src/storage/kept-model.js";
import { Library, lockOf } from "../src/storage/library.js";
import { withLock } from "../src/storage/lock.js";
import { MemoryStore } from "../src/storage/memory.js";
import { RECORD } from "../src/storage/record.js";
import { MisbehavingServer } from "./misbehaving-server.js";
import { sleep, withCode } from "./helpers.js";

/** Two chunks and a bit of a third. */
const SIZE = 2 * CHUNK_BYTES + 1000;
const bytesOf = (seed: number) => Uint8Array.from({ length: SIZE }, (_, at) => (at * seed) >> 3);
const BYTES = bytesOf(7919);
const MIB = 1 << 20;

describe("kept files", () => {
  const server = new MisbehavingServer(BYTES);
  let folder = "";
  let store = new MemoryStore();
  let arrivals: Arrival[] = [];
  let full = 0;
  before(async () => (folder = await server.start()));
  after(() => server.stop());
  beforeEach(() => {
    store = new MemoryStore();
    Object.assign(server, { mood: {}, bytes: BYTES, etag: '"one"' });
    forget();
  });

  const forget = () => {
    server.requests.length = 0;
    arrivals = [];
    full = 0;
  };

  /** The files of `source` as a load finds them. */
  async function open({ limit = Infinity, signal = new AbortController().signal, source = folder } = {}) {
    const model = await KeptModel.open(new Library(store, limit), source);
    const hooks = {
      signal,
      onBytes: (arrival: Arrival) => arrivals.push(arrival),
      onFull: () => (full += 1),
      retryDelay: 1,
    };
    return { model, files: openSource(resolveSource(source), hooks, model) };
  }

  /** A load that reads all of the weights. */
  async function load(options?: Parameters<typeof open>[0]) {
    const { model, files } = await open(options);
    const size = await files.size("weights");
    await files.size("absent");
    const bytes = await files.read("weights", 0, size ?? 0);
    await model.loaded();
    return { bytes, model };
  }

  const chunks = async () => (await store.names(await nameOf(folder))).filter((name) => name !== RECORD);
  const fromNetwork = () => arrivals.filter(({ kept }) => !kept).reduce((sum, { bytes }) => sum + bytes, 0);

  it("downloads once, and asks the server only whether that still holds", async () => {
    assert.deepEqual((await load()).bytes, BYTES);
    assert.equal(fromNetwork() >= SIZE, true);
    forget();
    const again = await load();
    assert.deepEqual(again.bytes, BYTES);
    assert.equal(again.model.complete, true);
    assert.deepEqual(server.requests, ["bytes=0-0", "bytes=0-0"]);
    assert.deepEqual([fromNetwork(), arrivals.length], [0, 3]);
  });

  it("reads any range, across the borders of chunks", async () => {
    const { files } = await open();
    for (const [start, end] of [
      [0, 0],
      [5, 6],
      [CHUNK_BYTES - 3, CHUNK_BYTES + 3],
      [10, SIZE],
      [SIZE - 1, SIZE],
    ] as const)
      assert.deepEqual(await files.read("weights", start, end), BYTES.slice(start, end));
    await assert.rejects(files.read("weights", 0, SIZE + 1), withCode("bad_file", String(SIZE)));
    await assert.rejects(files.read("absent", 0, 1), withCode("missing_file", "absent"));
  });

  it("fetches the next chunk while the engine works on this one", async () => {
    const { files } = await open();
    await files.read("weights", 0, 10);
    await sleep(100);
    const ahead = server.requests.filter((range) => range.startsWith(`bytes=${CHUNK_BYTES}-`));
    assert.equal(ahead.length, 1);
    forget();
    assert.deepEqual(
      await files.read("weights", CHUNK_BYTES, CHUNK_BYTES + 10),
      BYTES.slice(CHUNK_BYTES, CHUNK_BYTES + 10),
    );
    assert.ok(!server.requests.some((range) => range.startsWith(`bytes=${CHUNK_BYTES}-`)));
  });

  it("does without the network once all is there, missing files included", async () => {
    await load();
    forget();
    server.mood = { fail: 1000, status: 503 };
    assert.deepEqual((await load()).bytes, BYTES);
    assert.equal(server.requests.length, 2, "one attempt a file");
  });

  it("goes on where a load was cut off", async () => {
    const { files } = await open();
    await files.read("weights", 0, CHUNK_BYTES);
    server.mood = { fail: 1000, status: 503 };
    await assert.rejects(files.read("weights", CHUNK_BYTES, SIZE), withCode("network", "503"));
    server.mood = {};
    forget();
    assert.deepEqual((await load()).bytes, BYTES);
    assert.ok(!server.requests.includes(`bytes=0-${CHUNK_BYTES - 1}`), String(server.requests));
    assert.equal(arrivals.filter(({ kept }) => kept).length, 1);
  });

  it("fetches again what was spoilt at rest, and only that", async () => {
    await load();
    const [first = "", second = "", third = ""] = (await chunks()).sort();
    const model = await nameOf(folder);
    const spoilt = (await store.get(model, first))?.slice() ?? new Uint8Array();
    spoilt[1000] = (spoilt[1000] ?? 0) ^ 1;
    await store.put(model, first, spoilt);
    await store.put(model, second, new Uint8Array(10));
    await store.remove(model, third);
    forget();
    assert.deepEqual((await load()).bytes, BYTES);
    assert.ok(fromNetwork() >= SIZE);
    forget();
    assert.deepEqual((await load()).bytes, BYTES);
    assert.equal(fromNetwork(), 0, "it is whole again");
  });

  it("begins anew when the server has another version, and drops the old one", async () => {
    await load();
    Object.assign(server, { bytes: bytesOf(13), etag: '"two"' });
    assert.deepEqual((await load()).bytes, bytesOf(13));
    assert.equal((await chunks()).length, 3);
  });

  it("refuses to mix two versions", async () => {
    const { files } = await open();
    await files.read("weights", 0, 10);
    Object.assign(server, { bytes: bytesOf(13), etag: '"two"' });
    const { files: later } = await open();
    await later.read("weights", 0, 10);
    server.mood = { fail: 1, status: 503 };
    const offline = await open();
    await offline.files.size("weights");
    Object.assign(server, { bytes: BYTES, etag: '"three"' });
    await assert.rejects(offline.files.read("weights", CHUNK_BYTES, SIZE), withCode("network", "changed"));
  });

  it("takes a broken record for none", async () => {
    await load();
    for (const text of ["", "{", "[]", '{"source":"x","files":{"a":7},"complete":true,"used":1}']) {
      await store.put(await nameOf(folder), RECORD, new TextEncoder().encode(text));
      assert.equal((await open()).model.complete, false);
      assert.deepEqual((await load()).bytes, BYTES);
    }
  });

  it("downloads each chunk once for two loads at the same time", async () => {
    const loads = await Promise.all([load(), load()]);
    for (const { bytes } of loads) assert.deepEqual(bytes, BYTES);
    assert.equal(server.requests.filter((range) => range.startsWith(`bytes=${CHUNK_BYTES}-`)).length, 1);
    assert.equal((await open()).model.complete, true);
  });

  it("goes on loading when the store is full, and says so", async () => {
    store = new MemoryStore(CHUNK_BYTES + MIB);
    const { bytes } = await load();
    assert.deepEqual(bytes, BYTES);
    assert.ok(full > 0);
    assert.equal((await open()).model.complete, false);
    assert.equal((await chunks()).length, 1);
  });

  it("goes on when the store fails in other ways", async () => {
    store.put = () => Promise.reject(new DOMException("broken disk", "UnknownError"));
    store.get = () => Promise.reject(new DOMException("broken disk", "UnknownError"));
    assert.deepEqual((await load()).bytes, BYTES);
  });

  it("stays within its limit at the cost of what was used least recently", async () => {
    const library = new Library(store);
    const sources = ["a", "b"].map((name) => `${folder}?${name}`);
    for (const source of sources) {
      await load({ source });
      await sleep(2);
    }
    await load({ source: sources[0] ?? "" });
    await load({ limit: 2 * SIZE });
    const left = (await library.list()).map(({ source }) => source);
    assert.deepEqual(left, [folder, sources[0]]);
    await load({ source: sources[1] ?? "", limit: SIZE / 2 });
    assert.deepEqual((await library.list()).map(({ complete }) => complete).filter(Boolean), []);
    assert.ok(full > 0);
  });

  it("does not evict what another tab is writing", async () => {
    await load();
    const other = `${folder}?other`;
    await withLock(lockOf(await nameOf(folder)), () => load({ source: other, limit: SIZE }));
    assert.ok(full > 0);
    assert.deepEqual(await new Library(store).list().then((models) => models.length), 2);
  });

  it("lists and removes", async () => {
    await load();
    const library = new Library(store);
    const [model] = await library.list();
    assert.deepEqual(
      { ...model, lastUsed: model && model.lastUsed.getTime() > Date.now() - 60_000 },
      {
        source: folder,
        bytes: SIZE,
        files: [{ name: "weights", bytes: SIZE }],
        complete: true,
        lastUsed: true,
      },
    );
    await load({ source: `${folder}?b` });
    await library.remove(await nameOf(folder));
    assert.equal((await library.list()).length, 1);
    await library.remove();
    assert.deepEqual(await library.list(), []);
  });

  it("ends the wait for a lock when it is cancelled", async () => {
    const controller = new AbortController();
    const { files } = await open({ signal: controller.signal });
    await files.size("weights");
    server.mood = { hang: true };
    const reading = files.read("weights", 0, SIZE);
    const waiting = files.read("weights", 0, 1);
    for (const promise of [reading, waiting]) promise.catch(() => {});
    await sleep(20);
    controller.abort();
    await assert.rejects(reading, withCode("aborted"));
    await assert.rejects(waiting, withCode("aborted"));
  });
});

describe("chunks", () => {
  it("know what was changed, cut or lengthened", async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const sealed = await seal(bytes);
    assert.deepEqual(await unseal(sealed, 3), bytes);
    for (let at = 0; at < sealed.length; at += 1) {
      const spoilt = sealed.slice();
      spoilt[at] = (spoilt[at] ?? 0) ^ 4;
      assert.equal(await unseal(spoilt, 3), undefined);
    }
    assert.equal(await unseal(sealed.slice(0, -1), 3), undefined);
    assert.equal(await unseal(sealed, 2), undefined);
  });

  it("have other names for other files", async () => {
    assert.notEqual(await nameOf("a"), await nameOf("b"));
    assert.match(await nameOf("https://host/a b?c"), /^[0-9a-f]{32}$/);
  });
});

describe("the name of a source", () => {
  it("is its address, and there is none for what is here already", () => {
    const name = (source: Parameters<typeof resolveSource>[0]) => keptName(resolveSource(source));
    assert.equal(name("https://host/m"), "https://host/m");
    assert.equal(name("owner/name"), "https://huggingface.co/owner/name/resolve/main/");
    assert.equal(name("/models/tiny"), undefined);
    assert.equal(name({ a: new Blob() }), undefined);
    assert.equal(
      name({ b: new URL("https://h/b"), a: new URL("https://h/a"), c: new Blob() }),
      "a: https://h/a\nb: https://h/b",
    );
  });
});
