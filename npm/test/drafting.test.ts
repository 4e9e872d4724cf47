/** One model drafts for another, wherever the two are. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QueuedModel } from "../src/model.js";
import { FakeWasm } from "./fake-wasm.js";
import { channelBackend, collect, directBackend, sleep, withCode } from "./helpers.js";

const places = [
  ["this thread", directBackend],
  ["a worker", channelBackend],
] as const;

for (const [where, load] of places)
  for (const [beside, loadDrafter] of places) {
    const open = async () => {
      const [wasm, drafterWasm] = [new FakeWasm(), new FakeWasm()];
      const model = new QueuedModel(await load(wasm));
      const drafter = new QueuedModel(await loadDrafter(drafterWasm));
      return { wasm, drafterWasm, model, drafter };
    };

    describe(`a model on ${where} with a drafter on ${beside}`, () => {
      it("asks for a draft before every step and is offered it", async () => {
        const { wasm, drafterWasm, model, drafter } = await open();
        const { text } = await model.generate("x", { length: 3, drafter, draftLength: 2 }).result();
        assert.equal(text, "<0><1><2>");
        assert.deepEqual(drafterWasm.drafted, [0, 1, 2]);
        assert.deepEqual(
          wasm.offered.map(({ tokens }) => tokens),
          [
            [0, 1],
            [1, 2],
            [2, 3],
          ],
        );
        assert.deepEqual(wasm.requests, [{ prompt: "x", length: 3, draft: 2 }]);
        await model.chat([{ role: "user", content: "hi" }], { length: 1, drafter }).result();
        assert.equal(wasm.offered.at(-1)?.tokens.length, 8);
        for (const each of [model, drafter]) await each.dispose();
        assert.deepEqual([wasm.live, drafterWasm.live], [0, 0]);
      });

      it("fails with what the drafter fails with, and works on", async () => {
        const { model, drafter, wasm } = await open();
        await drafter.dispose();
        await assert.rejects(model.generate("x", { drafter }).result(), withCode("aborted", "disposed"));
        assert.equal((await model.generate("x", { length: 2 }).result()).committed, 2);
        await model.dispose();
        assert.equal(wasm.live, 0);
      });

      it("stops while it waits for a draft", async () => {
        const { model, drafter, drafterWasm, wasm } = await open();
        drafterWasm.stepTime = 20;
        const controller = new AbortController();
        const result = model.generate("x", { drafter, signal: controller.signal }).result();
        await sleep(5);
        controller.abort();
        await assert.rejects(result, withCode("aborted"));
        assert.equal((await model.generate("x", { length: 1 }).result()).committed, 1);
        for (const each of [model, drafter]) await each.dispose();
        assert.equal(wasm.live, 0);
      });
    });
  }

describe("a drafter", () => {
  it("waits for its turn, as its own generations do", async () => {
    const [wasm, drafterWasm] = [new FakeWasm(), new FakeWasm()];
    const model = new QueuedModel(await directBackend(wasm));
    const drafter = new QueuedModel(await directBackend(drafterWasm));
    const order: string[] = [];
    const own = drafter.generate("own", { length: 5 });
    const both = [
      own.result().then(() => order.push("own")),
      collect(model.generate("x", { length: 1, drafter })).then(() => order.push("drafted")),
    ];
    await Promise.all(both);
    assert.deepEqual(order, ["own", "drafted"]);
    for (const each of [model, drafter]) await each.dispose();
  });

  it("is another model, with the same vocabulary", async () => {
    const wasm = new FakeWasm();
    const model = new QueuedModel(await directBackend(wasm));
    const refused = (drafter: unknown, ...words: string[]) =>
      assert.rejects(
        model.generate("x", { drafter: drafter as QueuedModel }).result(),
        withCode("bad_input", ...words),
      );
    await refused(model, "draft for itself");
    await refused({}, "loadModel");
    const backend = await directBackend(new FakeWasm());
    Object.assign(backend, { info: { ...backend.info, vocabSize: 300 } });
    await refused(new QueuedModel(backend), "300", "256", "tokenizer");
    assert.equal(wasm.live, 1);
    await model.dispose();
  });
});
