import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { ModelSource } from "../src/index.js";
import { openSource } from "../src/source/open.js";
import { resolveSource } from "../src/source/spec.js";
import { withoutStreams } from "../src/source/stream.js";
import { fileAddress } from "../src/source/url.js";
import { withCode } from "./helpers.js";

const hooks = { signal: new AbortController().signal, onBytes: () => {}, onFull: () => {} };

describe("sources", () => {
  it("reads hub ids, with and without a revision", () => {
    const folder = (source: string, hub?: string) => resolveSource(source, hub);
    assert.deepEqual(folder("owner/name"), {
      kind: "folder",
      url: "https://huggingface.co/owner/name/resolve/main/",
    });
    assert.deepEqual(folder("a.b/c-d@v1.0"), {
      kind: "folder",
      url: "https://huggingface.co/a.b/c-d/resolve/v1.0/",
    });
    assert.deepEqual(folder("o/n@refs/pr/1", "https://hub.example/x/"), {
      kind: "folder",
      url: "https://hub.example/x/o/n/resolve/refs%2Fpr%2F1/",
    });
  });

  it("reads addresses", () => {
    assert.deepEqual(resolveSource("https://host/model"), { kind: "folder", url: "https://host/model" });
    assert.deepEqual(resolveSource(new URL("https://host/m/")), { kind: "folder", url: "https://host/m/" });
  });

  it("takes a GGUF file for a whole model, whatever its name", async () => {
    const url = "https://host/m/tiny-q4_0.GGUF?token=1";
    const file = { kind: "files", files: new Map([["model.gguf", { url }]]) };
    assert.deepEqual(resolveSource(url), file);
    assert.deepEqual(resolveSource(new URL(url)), file);
    const picked = openSource(resolveSource([new File(["12345"], "my model.gguf")]), hooks);
    assert.equal(await picked.size("model.gguf"), 5);
    const bytes = new TextEncoder().encode("12345");
    for (const source of [new Blob(["12345"]), new File(["12345"], "weights"), bytes, bytes.buffer])
      assert.equal(await openSource(resolveSource(source), hooks).size("model.gguf"), 5);
    const streamed = await withoutStreams(new Blob(["12345"]).stream());
    assert.equal(await openSource(resolveSource(streamed), hooks).size("model.gguf"), 5);
    assert.equal(await picked.size("config.json"), null);
    // Among other files it is a file like any other.
    const folder = openSource(
      resolveSource({ "a.gguf": new Blob(["1"]), "config.json": new Blob(["22"]) }),
      hooks,
    );
    assert.equal(await folder.size("model.gguf"), null);
    assert.equal(await folder.size("config.json"), 2);
  });

  it("finds the parts of a GGUF model", async () => {
    const url = (number: number) => `https://host/m/a-0000${number}-of-00003.gguf?token=1`;
    assert.deepEqual(resolveSource(url(1)), {
      kind: "files",
      files: new Map([
        ["model.gguf", { url: url(1) }],
        ["model-00002-of-00003.gguf", { url: url(2) }],
        ["model-00003-of-00003.gguf", { url: url(3) }],
      ]),
    });
    const pick = (...names: string[]) =>
      openSource(resolveSource(names.map((name, at) => new File(["x".repeat(at + 1)], name))), hooks);
    const picked = pick("my-00002-of-00002.gguf", "my-00001-of-00002.gguf");
    assert.equal(await picked.size("model.gguf"), 2);
    assert.equal(await picked.size("model-00002-of-00002.gguf"), 1);
    // What is missing is missed by the engine, by name.
    const half = pick("my-00001-of-00002.gguf");
    assert.equal(await half.size("model.gguf"), 1);
    assert.equal(await half.size("model-00002-of-00002.gguf"), null);
    const strangers = pick("a-00001-of-00002.gguf", "b-00002-of-00002.gguf");
    assert.equal(await strangers.size("model.gguf"), null);
  });

  it("refuses what it cannot understand", () => {
    const wrong: unknown[] = ["model", "a/b/c", 7, null, { "config.json": 3 }];
    for (const source of wrong)
      assert.throws(() => resolveSource(source as ModelSource), withCode("bad_input"), String(source));
  });

  it("takes paths where there is a disk", () => {
    const url = (source: string) => (resolveSource(source) as { url: string }).url;
    assert.equal(url("/models/a b#c"), "file:///models/a%20b%23c");
    assert.equal(url("./m"), new URL("m", `file://${process.cwd()}/`).href);
    assert.equal(url("../m/"), new URL("../m", `file://${process.cwd()}/`).href);
  });

  it("reads files of the disk by ranges", async () => {
    const folder = new URL("../../test/", import.meta.url);
    const text = readFileSync(new URL("types.ts", folder));
    const files = openSource(resolveSource(folder), hooks);
    assert.equal(await files.size("types.ts"), text.length);
    assert.deepEqual(Buffer.from(await files.read("types.ts", 4, 40)), text.subarray(4, 40));
    assert.equal(await files.size("absent"), null);
    assert.equal(await files.size("../test"), null, "a folder is no file");
    await assert.rejects(
      files.read("types.ts", 0, text.length + 1),
      withCode("bad_file", "types.ts", "cut off"),
    );
    await assert.rejects(files.read("absent", 0, 1), withCode("missing_file", "absent"));
  });

  it("reads streams before anything else", async () => {
    const stream = new Blob(["12345"]).stream();
    const source = await withoutStreams({ "config.json": stream, other: new Blob(["1"]) });
    const files = openSource(resolveSource(source), hooks);
    assert.equal(await files.size("config.json"), 5);
    assert.deepEqual(await files.read("config.json", 1, 3), new Uint8Array([50, 51]));
    assert.equal(await files.size("other"), 1);
  });

  it("stops a stream that is cancelled, and says which one broke", async () => {
    let cancelled = false;
    const endless = new ReadableStream({ cancel: () => void (cancelled = true) });
    const controller = new AbortController();
    const reading = withoutStreams({ a: endless }, controller.signal);
    controller.abort();
    await assert.rejects(reading, withCode("aborted"));
    assert.ok(cancelled, "nobody reads on");
    const broken = new ReadableStream({ start: (sink) => sink.error(new Error("torn")) });
    await assert.rejects(withoutStreams({ weights: broken }), withCode("bad_file", '"weights"', "torn"));
  });

  it("puts files below the folder's path and keeps its query", () => {
    assert.equal(fileAddress("https://h/m?token=1", "config.json"), "https://h/m/config.json?token=1");
    assert.equal(fileAddress("https://h/m/", "sub/a b.json"), "https://h/m/sub/a%20b.json");
  });

  it("strips the folder that a picked directory puts before its names", async () => {
    const picked = new File(["12345"], "config.json");
    Object.defineProperty(picked, "webkitRelativePath", { value: "my model/config.json" });
    const files = openSource(resolveSource([picked, new File(["1"], "tokenizer.json")]), hooks);
    assert.equal(await files.size("config.json"), 5);
    assert.equal(await files.size("tokenizer.json"), 1);
    assert.equal(await files.size("model.safetensors"), null);
  });

  it("reads blobs and buffers by ranges", async () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const files = openSource(
      resolveSource({ blob: new Blob([bytes]), buffer: bytes.buffer, view: bytes.subarray(1) }),
      hooks,
    );
    assert.deepEqual(await files.read("blob", 1, 3), Uint8Array.of(2, 3));
    assert.deepEqual(await files.read("buffer", 0, 4), bytes);
    assert.deepEqual(await files.read("view", 0, 3), Uint8Array.of(2, 3, 4));
    await assert.rejects(files.read("blob", 2, 9), withCode("bad_file", '"blob"', "cut off"));
    await assert.rejects(files.read("absent", 0, 1), withCode("missing_file", '"absent"'));
  });
});
