/** `loadModel` and `capabilities` with a worker that is a message channel away. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  capabilities,
  deleteCached,
  estimateMemory,
  isCached,
  listCached,
  loadModel,
  type Progress,
} from "../src/index.js";
import type { FromWorker, ToWorker } from "../src/protocol.js";
import { serve } from "../src/serve.js";
import { FAKE_FILES, FakeWasm } from "./fake-wasm.js";
import { sleep, withCode } from "./helpers.js";
import { MisbehavingServer } from "./misbehaving-server.js";

/** How the next worker behaves. */
const script = { wasm: new FakeWasm(), start: true, terminated: 0, url: "" };

/** Stands in for the browser's `Worker`. */
class FakeWorker {
  readonly #port: MessagePort;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null;

  constructor(url: string | URL) {
    script.url = String(url);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    if (script.start) serve(port2, async () => script.wasm);
    else setTimeout(() => this.onerror?.({ message: "", preventDefault() {} }), 1);
  }

  set onmessage(handler: (event: MessageEvent<FromWorker>) => void) {
    this.#port.onmessage = handler;
  }

  postMessage(message: ToWorker): void {
    this.#port.postMessage(message);
  }

  terminate(): void {
    script.terminated += 1;
    this.#port.close();
  }
}

const stuck = () => new Promise<never>(() => {});

describe("loadModel", () => {
  beforeEach(() => {
    Object.assign(script, { wasm: new FakeWasm(), start: true, terminated: 0, url: "" });
    Object.assign(globalThis, { Worker: FakeWorker });
  });
  afterEach(() => Reflect.deleteProperty(globalThis, "Worker"));

  it("loads in a worker by default, reports, and ends the worker with the model", async () => {
    const reports: Progress[] = [];
    const model = await loadModel(FAKE_FILES, {
      dtype: "q8_0",
      kv: "f16",
      conventions: { maskTokenId: 5 },
      onProgress: (progress) => reports.push(progress),
    });
    assert.equal(model.inWorker, true);
    assert.equal(model.info.dtype, "q8_0");
    assert.equal(model.info.kv, "f16");
    assert.equal(model.info.maskId, 5);
    assert.match(script.url, /\/src\/worker\.js$/);
    assert.deepEqual(
      reports.map(({ stage }) => stage),
      ["probe", "download", "ready"],
    );
    await model.dispose();
    assert.equal(script.terminated, 1);
    assert.equal(script.wasm.live, 0);
  });

  it("takes another address for the worker", async () => {
    const model = await loadModel(FAKE_FILES, { workerUrl: "https://host/w.js" });
    assert.equal(script.url, "https://host/w.js");
    await model.dispose();
  });

  it("leaves no worker behind when loading fails", async () => {
    await assert.rejects(
      loadModel({ "config.json": new Blob() }),
      withCode("missing_file", "model.safetensors"),
    );
    assert.equal(script.terminated, 1);
  });

  it("names the remedy when the worker does not start", async () => {
    script.start = false;
    await assert.rejects(
      loadModel(FAKE_FILES, { worker: true }),
      withCode("network", "workerUrl", "worker: false"),
    );
    assert.equal(script.terminated, 1);
  });

  it("stops at once when cancelled", async () => {
    const controller = new AbortController();
    script.wasm.WasmModel.load = stuck;
    const loading = loadModel(FAKE_FILES, { signal: controller.signal });
    loading.catch(() => {});
    await sleep(5);
    controller.abort();
    await assert.rejects(loading, withCode("aborted"));
    assert.equal(script.terminated, 1);
    await assert.rejects(loadModel(FAKE_FILES, { signal: AbortSignal.abort() }), withCode("aborted"));
  });

  it("refuses a source that cannot be understood before it starts anything", async () => {
    await assert.rejects(loadModel("not a source"), withCode("bad_input"));
    assert.equal(script.url, "");
  });

  it("estimates in a worker that ends with the estimate, well or not", async () => {
    const estimate = await estimateMemory(FAKE_FILES, { dtype: "q4_0" });
    assert.deepEqual(estimate, {
      parameters: 7,
      downloadBytes: 7,
      residentBytes: 28,
      positionBytes: 8,
      dtype: "q4_0",
    });
    assert.equal(script.terminated, 1);
    await assert.rejects(estimateMemory({}), withCode("missing_file", "config.json"));
    assert.equal(script.terminated, 2);
    await assert.rejects(estimateMemory(FAKE_FILES, { signal: AbortSignal.abort() }), withCode("aborted"));
  });

  it("reads streams, and starts nothing when one breaks", async () => {
    const stream = () => FAKE_FILES["model.safetensors"].stream();
    const model = await loadModel({ ...FAKE_FILES, "model.safetensors": stream() });
    await model.dispose();
    script.url = "";
    const broken = new ReadableStream({ start: (sink) => sink.error(new Error("torn")) });
    await assert.rejects(loadModel({ ...FAKE_FILES, "model.safetensors": broken }), withCode("bad_file"));
    assert.equal(script.url, "");
  });

  it("tells of every file and of where it is kept", async () => {
    const server = new MisbehavingServer(new Uint8Array(300_000));
    const folder = await server.start();
    const source = {
      "config.json": FAKE_FILES["config.json"],
      "model.safetensors": new URL("weights", folder),
    };
    const reports: Progress[] = [];
    const onProgress = (progress: Progress) => reports.push(progress);
    const model = await loadModel(source, { storage: "memory", onProgress });
    const [first, last] = [reports[0], reports.at(-1)];
    assert.deepEqual(first?.files, []);
    assert.deepEqual(last?.files, [{ file: "model.safetensors", loaded: 300_000, total: 300_000, kept: 0 }]);
    assert.equal(last?.storage, "memory");
    assert.equal(await isCached(source, { storage: "memory" }), true);
    assert.deepEqual(
      (await listCached({ storage: "memory" })).map(({ bytes }) => bytes),
      [300_000],
    );
    const again = await loadModel(source, { storage: "memory", onProgress });
    assert.equal(reports.at(-1)?.files[0]?.kept, 300_000);
    await deleteCached(source, { storage: "memory" });
    assert.equal(await isCached(source, { storage: "memory" }), false);
    await deleteCached(undefined, { storage: "memory" });
    for (const each of [model, again]) await each.dispose();
    server.stop();
  });

  it("says which storages there are", async () => {
    await assert.rejects(
      loadModel("https://h/m", { storage: "opfs" }),
      withCode("bad_input", '"opfs"', "memory"),
    );
    await assert.rejects(loadModel("https://h/m", { cacheLimit: -1 }), withCode("bad_input", "cacheLimit"));
    assert.equal(await isCached(FAKE_FILES), true, "nothing of it needs a download");
    assert.equal(await isCached("https://h/m", { storage: "none" }), false);
  });

  it("forgets files that turn out to be bad", async () => {
    const server = new MisbehavingServer(new Uint8Array(10));
    const folder = await server.start();
    const source = {
      "config.json": FAKE_FILES["config.json"],
      "model.safetensors": new URL("weights", folder),
    };
    const load = script.wasm.WasmModel.load;
    script.wasm.WasmModel.load = async (files) => {
      await files.read("model.safetensors", 0, 10);
      throw Object.assign(new Error("no weights"), { code: "bad_file" });
    };
    await assert.rejects(loadModel(source, { storage: "memory" }), withCode("bad_file"));
    assert.deepEqual(await listCached({ storage: "memory" }), []);
    script.wasm.WasmModel.load = load;
    server.stop();
  });

  it("asks a worker for the capabilities and ends it", async () => {
    assert.match((await capabilities()).reason ?? "", /no WebGPU/);
    assert.equal(script.terminated, 1);
  });
});
