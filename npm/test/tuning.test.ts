/** Measurements of a device, and what is kept of them. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QueuedModel } from "../src/model.js";
import { openStore } from "../src/storage/open.js";
import { TuningNotes } from "../src/tuning.js";
import { FakeWasm } from "./fake-wasm.js";
import { channelBackend, directBackend, withCode } from "./helpers.js";

const keep = { storage: "memory", cacheLimit: undefined } as const;
const TILES = { chosen: "lanes", seconds: { staged: 2, lanes: 1 } } as const;

async function forgetAll(): Promise<void> {
  const store = await openStore("memory", "unmask-tuning");
  for (const folder of (await store?.folders()) ?? []) await store?.remove(folder);
}

for (const [where, load] of [
  ["direct", directBackend],
  ["worker", channelBackend],
] as const) {
  describe(`tune (${where})`, () => {
    it("measures once, and again where that is asked for", async () => {
      await forgetAll();
      const wasm = new FakeWasm();
      const model = new QueuedModel(await load(wasm, { keep }));
      const first = await model.tune();
      assert.deepEqual([first.device, first.knee, first.forwards.length], ["cpu fake", 3, 3]);
      assert.equal(wasm.steps, 3);
      assert.deepEqual(await model.tune(), first);
      assert.equal(wasm.steps, 3);
      const other = new QueuedModel(await load(wasm, { keep }));
      assert.deepEqual(await other.tune(), first);
      assert.equal(wasm.steps, 3, "another load of the same model");
      await model.tune({ again: true });
      assert.equal(wasm.steps, 6);
      for (const each of [model, other]) await each.dispose();
      assert.equal(wasm.live, 0);
    });

    it("stops within a step, and keeps nothing then", async () => {
      await forgetAll();
      const wasm = new FakeWasm();
      wasm.stepTime = 5;
      const model = new QueuedModel(await load(wasm, { keep }));
      await assert.rejects(model.tune({ signal: AbortSignal.timeout(7) }), withCode("aborted"));
      await model.generate("x", { length: 1 }).result();
      assert.ok(wasm.steps < 4, String(wasm.steps));
      assert.equal((await model.tune()).knee, 3);
      await model.dispose();
      assert.equal(wasm.live, 0);
    });
  });
}

describe("tiles", () => {
  it("are measured by the first load, and known to the next", async () => {
    await forgetAll();
    const wasm = new FakeWasm();
    wasm.tiles = TILES;
    await directBackend(wasm, { keep });
    wasm.tiles = undefined;
    await directBackend(wasm, { keep });
    await directBackend(wasm, { keep, device: "cpu" });
    await directBackend(wasm, { keep, tune: false });
    assert.deepEqual(
      wasm.loads.map(({ tiling }) => tiling),
      [undefined, "lanes", undefined, "staged"],
    );
  });

  it("of another version mean nothing, and go with the next measurement", async () => {
    await forgetAll();
    const old = await TuningNotes.open("memory", "0.1.0");
    await old.write("adapter", TILES);
    assert.deepEqual(await old.tiles("adapter"), TILES);
    assert.equal(await old.tiles("another"), undefined);
    const next = await TuningNotes.open("memory", "0.2.0");
    assert.equal(await next.tiles("adapter"), undefined);
    await next.write("adapter", { ...TILES, chosen: "staged" });
    assert.equal(await old.tiles("adapter"), undefined);
    assert.equal((await next.tiles("adapter"))?.chosen, "staged");
  });

  it("that cannot be read or kept fail nobody", async () => {
    await forgetAll();
    const notes = await TuningNotes.open("memory", "1");
    await notes.write("adapter", { chosen: "nonsense" } as never);
    assert.equal(await notes.tiles("adapter"), undefined);
    assert.equal(await notes.tuning("adapter"), undefined);
    const store = await openStore("memory", "unmask-tuning");
    const [name] = (await store?.names("1")) ?? [];
    await store?.put("1", name ?? "", new TextEncoder().encode("{"));
    assert.equal(await notes.tiles("adapter"), undefined);
    const nowhere = await TuningNotes.open("none", "1");
    await nowhere.write("adapter", TILES);
    assert.equal(await nowhere.tiles("adapter"), undefined);
  });
});
