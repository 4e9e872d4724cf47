/** The range reader against a server that misbehaves in every way met in practice. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Arrival } from "../src/source/hooks.js";
import { openSource } from "../src/source/open.js";
import { resolveSource } from "../src/source/spec.js";
import { MisbehavingServer } from "./misbehaving-server.js";
import { sleep, withCode } from "./helpers.js";

const BYTES = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7919) >> 3);
const HEAD = "bytes=0-65535";

describe("a remote file", () => {
  const server = new MisbehavingServer(BYTES);
  let folder = "";
  let arrivals: Arrival[] = [];
  before(async () => (folder = await server.start()));
  after(() => server.stop());
  beforeEach(() => {
    server.mood = {};
    server.requests.length = 0;
    arrivals = [];
  });

  const open = (signal = new AbortController().signal, address = folder) =>
    openSource(resolveSource(address), {
      signal,
      onBytes: (arrival) => arrivals.push(arrival),
      onFull: () => {},
      retryDelay: 1,
    });

  it("takes size and head with one request, and other ranges with one each", async () => {
    const files = open();
    assert.equal(await files.size("weights"), BYTES.length);
    assert.deepEqual(await files.read("weights", 8, 1000), BYTES.slice(8, 1000));
    assert.deepEqual(await files.read("weights", 1000, 200_000), BYTES.slice(1000, 200_000));
    assert.deepEqual(server.requests, [HEAD, "bytes=1000-199999"]);
  });

  it("says null for a missing file, page or no page", async () => {
    assert.equal(await open().size("absent"), null);
    server.mood = { pageForUnknown: true };
    assert.equal(await open().size("absent"), null);
    await assert.rejects(open().read("absent", 0, 1), withCode("missing_file", `${folder}absent`));
  });

  it("reads a server without ranges once and keeps the bytes", async () => {
    server.mood = { ignoreRanges: true };
    const files = open();
    assert.equal(await files.size("weights"), BYTES.length);
    assert.deepEqual(await files.read("weights", 100_000, 200_000), BYTES.slice(100_000, 200_000));
    assert.deepEqual(await files.read("weights", 0, BYTES.length), BYTES);
    assert.equal(server.requests.length, 1);
    assert.equal(
      arrivals.reduce((sum, { bytes }) => sum + bytes, 0),
      BYTES.length,
    );
    assert.equal(arrivals.at(-1)?.total, BYTES.length);
  });

  it("reads whole what hides its Content-Range from this origin", async () => {
    server.mood = { hideContentRange: true };
    const files = open();
    assert.deepEqual(await files.read("weights", 70_000, 80_000), BYTES.slice(70_000, 80_000));
    assert.deepEqual(server.requests, [HEAD, "whole"]);
  });

  it("resumes a cut transfer where it broke off", async () => {
    const files = open();
    await files.size("weights");
    server.mood = { cut: 3 };
    assert.deepEqual(await files.read("weights", 0, 200_000), BYTES.slice(0, 200_000));
    const resumed = server.requests.slice(1).map((range) => Number(/=(\d+)/.exec(range)?.[1]));
    assert.equal(resumed.length, 4);
    assert.ok(
      resumed.every((start, index) => index === 0 || start > (resumed[index - 1] ?? 0)),
      String(resumed),
    );
  });

  it("starts over when a whole file is cut", async () => {
    server.mood = { ignoreRanges: true, cut: 2 };
    assert.deepEqual(await open().read("weights", 5, 10), BYTES.slice(5, 10));
    assert.equal(server.requests.length, 3);
  });

  it("tries again after passing failures", async () => {
    for (const status of [500, 503, 429, 408]) {
      server.mood = { fail: 2, status };
      assert.equal(await open().size("weights"), BYTES.length);
    }
  });

  it("gives up on a server that stays down, and asks anew the next time", async () => {
    server.mood = { fail: 5, status: 503 };
    const files = open();
    await assert.rejects(files.size("weights"), withCode("network", `${folder}weights`, "503"));
    assert.equal(server.requests.length, 5);
    assert.equal(await files.size("weights"), BYTES.length);
  });

  it("does not repeat a refusal", async () => {
    server.mood = { fail: 1, status: 403 };
    await assert.rejects(open().size("weights"), withCode("network", `${folder}weights`, "403"));
    assert.equal(server.requests.length, 1);
  });

  it("names the address that does not answer", async () => {
    const address = "http://127.0.0.1:9/model/";
    await assert.rejects(open(undefined, address).size("weights"), withCode("network", `${address}weights`));
  });

  it("knows an end that lies before the wanted bytes", async () => {
    await assert.rejects(
      open().read("weights", BYTES.length - 5, BYTES.length + 5),
      withCode("bad_file", "300000"),
    );
  });

  it("stops a transfer, and the wait for another attempt, when it is cancelled", async () => {
    const controller = new AbortController();
    const files = open(controller.signal);
    await files.size("weights");
    server.mood = { hang: true };
    const reading = files.read("weights", 0, 200_000);
    reading.catch(() => {});
    await sleep(20);
    controller.abort();
    await assert.rejects(reading, withCode("aborted"));
  });

  it("reads an empty file", async () => {
    const empty = new MisbehavingServer(new Uint8Array());
    const files = open(undefined, await empty.start());
    assert.equal(await files.size("weights"), 0);
    assert.deepEqual(await files.read("weights", 0, 0), new Uint8Array());
    empty.stop();
  });
});
