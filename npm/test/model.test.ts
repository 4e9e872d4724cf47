/** The model's behaviour, the same on this thread and behind a worker's protocol. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../src/errors.js";
import { fill, mask } from "../src/index.js";
import { QueuedModel } from "../src/model.js";
import type { Frame } from "../src/types.js";
import { FakeWasm } from "./fake-wasm.js";
import { channelBackend, collect, directBackend, sleep, withCode } from "./helpers.js";

for (const [where, load] of [
  ["direct", directBackend],
  ["worker", channelBackend],
] as const) {
  const open = async () => {
    const wasm = new FakeWasm();
    return { wasm, model: new QueuedModel(await load(wasm)) };
  };

  describe(`a model (${where})`, () => {
    it("yields frames and then has its result", async () => {
      const { model, wasm } = await open();
      const generation = model.generate("hello", { length: 3 });
      const frames = await collect(generation);
      assert.deepEqual(
        frames.map(({ step, masksLeft }) => [step, masksLeft]),
        [
          [0, 2],
          [1, 1],
          [2, 0],
        ],
      );
      assert.equal((await generation.result()).text, "<0><1><2>");
      await model.dispose();
      assert.equal(wasm.live, 0);
    });

    it("is loaded anew by the next call after its device was lost, and by none before", async () => {
      const { model, wasm } = await open();
      await assert.rejects(model.generate("fail device_lost").result(), withCode("device_lost"));
      assert.equal(wasm.loads.length, 1);
      assert.equal((await model.generate("x", { length: 2 }).result()).committed, 2);
      assert.equal(wasm.loads.length, 2);
      await assert.rejects(model.generate("fail gpu").result(), withCode("gpu"));
      await model.generate("x", { length: 1 }).result();
      assert.equal(wasm.loads.length, 2, "another failure leaves the model where it is");
      await assert.rejects(model.generate("fail device_lost").result(), withCode("device_lost"));
      assert.equal((await model.tokenize("ab")).length, 2, "text needs no device");
      await model.dispose();
      assert.equal(wasm.live, 0);
    });

    it("tells what it is", async () => {
      const { model } = await open();
      assert.equal(model.info.architecture, "fake");
      assert.equal(model.inWorker, where === "worker");
      await model.dispose();
    });

    it("takes chats, structured inputs and templates", async () => {
      const { model, wasm } = await open();
      await model.generate([{ role: "user", content: "hi" }]).result();
      const filled = await model.fill(["Dear ", mask(2), { ids: [5] }, { mask: 1 }]).result();
      await model.generate({ canvas: ["a", mask(1)] }).result();
      assert.equal(filled.committed, 3);
      assert.deepEqual(
        wasm.started.map((text) => JSON.parse(text) as unknown),
        [
          [{ role: "user", content: "hi" }],
          [{ text: "Dear " }, { mask: 2 }, { ids: [5] }, { mask: 1 }],
          [{ text: "a" }, { mask: 1 }],
        ],
      );
      await model.dispose();
    });

    it("takes conversations and template literals", async () => {
      const { model, wasm } = await open();
      // A text does not end in a hole where something stands behind it.
      const ban = model.info.stopIds;
      const chat = [{ role: "user", content: "hi" }];
      await model.chat(chat, { length: 1, seed: 3 }).result();
      await model.fill`Dear ${mask(2)}, ${"thanks"}${{ ids: [5] }}`.result();
      await model.fill(fill`${mask(1)}!`, { steps: 1, prompt: undefined as never }).result();
      assert.deepEqual(wasm.requests, [
        { chat, length: 1, seed: 3 },
        { canvas: [{ text: "Dear " }, { mask: 2 }, { text: ", " }, { text: "thanks" }, { ids: [5] }], ban },
        { canvas: [{ mask: 1 }, { text: "!" }], steps: 1, ban },
      ]);
      await model.dispose();
    });

    it("takes the embeddings of rows in front of the prompt", async () => {
      const { model, wasm } = await open();
      const prefix = Float32Array.of(0.5, -1, 2, 0);
      await model.generate("what is it?", { length: 1, prefix }).result();
      assert.deepEqual(wasm.requests, [{ prompt: "what is it?", length: 1, prefix: [0.5, -1, 2, 0] }]);
      await model.dispose();
    });

    it("edits ranges of a text, each as long as it was or as asked", async () => {
      const { model, wasm } = await open();
      const ban = model.info.stopIds;
      await model.edit("one two six", { start: 4, end: 7 }).result();
      const ranges = [
        { start: 8, end: 11 },
        { start: 0, end: 0 },
      ];
      await model.edit("one two six", ranges, { prompt: "p", seed: 1, ban: [9] }).result();
      await model.edit("one two six", ranges, { length: 5 }).result();
      assert.deepEqual(wasm.requests, [
        { canvas: [{ text: "one " }, { mask: 3 }, { text: " six" }], ban },
        { canvas: [{ mask: 1 }, { text: "one two " }, { mask: 3 }], prompt: "p", seed: 1, ban: [...ban, 9] },
        { canvas: [{ mask: 5 }, { text: "one two " }, { mask: 5 }], ban },
      ]);
      await model.dispose();
    });

    it("refuses ranges that are not in the text, and works on", async () => {
      const { model } = await open();
      const wrong = [
        [],
        { start: 2, end: 1 },
        { start: -1, end: 1 },
        { start: 0, end: 4 },
        { start: 0.5, end: 1 },
        [
          { start: 0, end: 2 },
          { start: 1, end: 3 },
        ],
      ];
      for (const ranges of wrong)
        await assert.rejects(
          model.edit("abc", ranges).result(),
          withCode("bad_input"),
          JSON.stringify(ranges),
        );
      await model.edit("abc", { start: 0, end: 3 }).result();
      await model.dispose();
    });

    it("scores a text behind a prompt or a chat", async () => {
      const { model, wasm } = await open();
      const score = await model.score("abc", { prompt: "p", samples: 4, estimator: "semi-deterministic" });
      assert.deepEqual(score, {
        logLikelihood: -12,
        standardError: 0.5,
        perToken: -4,
        tokens: 3,
        samples: 4,
      });
      const chat = [{ role: "user", content: "hi" }];
      assert.equal((await model.score("ab", { chat, samples: 1, seed: 3 })).standardError, null);
      assert.equal((await model.score("a")).samples, 128, "the engine's own default");
      assert.deepEqual(wasm.scored, [
        { text: "abc", prompt: "p", samples: 4, estimator: "semi-deterministic" },
        { text: "ab", chat, samples: 1, seed: 3 },
        { text: "a" },
      ]);
      await model.dispose();
      assert.equal(wasm.live, 0);
    });

    it("says what is wrong with a score, and works on", async () => {
      const { model, wasm } = await open();
      await assert.rejects(model.score(""), withCode("bad_input", "empty"));
      await assert.rejects(model.score("a", { prompt: "fail gpu" }), withCode("gpu", "scripted gpu"));
      assert.equal((await model.score("a", { samples: 2 })).perToken, -2);
      assert.equal(wasm.live, 1);
      await model.dispose();
      await assert.rejects(model.score("a"), withCode("aborted", "disposed"));
    });

    it("turns a panic of a score into an error", async () => {
      const { model } = await open();
      await assert.rejects(
        model.score("a", { prompt: "panic" }),
        withCode("internal", "index out of bounds"),
      );
      await model.dispose();
    });

    it("stops a score within one forward of its signal, in its turn of the queue or before it", async () => {
      const { model, wasm } = await open();
      wasm.stepTime = 2;
      const first = model.generate("first", { length: 3 }).result();
      const waiting = new AbortController();
      const never = model.score("never", { signal: waiting.signal });
      const running = new AbortController();
      const cut = model.score("cut", { samples: 5000, signal: running.signal });
      waiting.abort();
      await assert.rejects(never, withCode("aborted", "score"));
      await first;
      await sleep(20);
      running.abort();
      await assert.rejects(cut, withCode("aborted"));
      assert.equal((await model.score("after", { samples: 1 })).tokens, 5);
      assert.deepEqual(
        wasm.scored.map(({ text }) => text),
        ["cut", "after"],
      );
      assert.ok(wasm.steps < 100, `${wasm.steps} steps`);
      await model.dispose();
    });

    it("passes on what makes several runs", async () => {
      const { model, wasm } = await open();
      await model.generate("x", { length: 1, vote: { blocks: [8, 16, 32], seeds: 2 } }).result();
      await model.generate("x", { length: 1, bestOf: 4 }).result();
      assert.deepEqual(
        wasm.requests.map(({ vote, bestOf }) => ({ vote, bestOf })),
        [
          { vote: { blocks: [8, 16, 32], seeds: 2 }, bestOf: undefined },
          { vote: undefined, bestOf: 4 },
        ],
      );
      await model.dispose();
    });

    it("tokenizes, also while it generates", async () => {
      const { model, wasm } = await open();
      wasm.stepTime = 2;
      const running = model.generate("x", { length: 20 }).result();
      assert.deepEqual(await model.tokenize("ab"), Uint32Array.of(97, 98));
      assert.equal(await model.detokenize([97, 98]), "ab");
      assert.ok(wasm.steps < 20);
      await running;
      await model.dispose();
    });

    it("runs one generation at a time, in the order begun", async () => {
      const { model, wasm } = await open();
      wasm.stepTime = 1;
      const results = ["a", "b", "c"].map((prompt) => model.generate(prompt, { length: 2 }).result());
      await results[0];
      assert.deepEqual(wasm.started, ["a"].concat(wasm.started.slice(1)));
      assert.ok(wasm.steps < 6);
      await Promise.all(results);
      assert.deepEqual(wasm.started, ["a", "b", "c"]);
      await model.dispose();
    });

    it("works on after an error, whose code arrives", async () => {
      const { model, wasm } = await open();
      for (const code of ["device_lost", "out_of_memory", "gpu", "context_overflow"] satisfies ErrorCode[]) {
        const failing = model.generate(`fail ${code}`);
        await assert.rejects(collect(failing), withCode(code, `scripted ${code}`));
        await assert.rejects(failing.result(), withCode(code));
      }
      await assert.rejects(model.generate("x", { length: 0 }).result(), withCode("bad_input"));
      assert.equal((await model.generate("x", { length: 1 }).result()).text, "<0>");
      assert.equal(wasm.live, 1);
      await model.dispose();
    });

    for (const stepTime of [0, 5]) {
      it(`stops within one step of its signal (steps of ${stepTime} ms)`, async () => {
        const { model, wasm } = await open();
        wasm.stepTime = stepTime;
        const controller = new AbortController();
        const generation = model.generate("x", { length: 5000, signal: controller.signal });
        const seen: Frame[] = [];
        await assert.rejects(async () => {
          for await (const frame of generation) if (seen.push(frame) === 3) controller.abort();
        }, withCode("aborted"));
        assert.equal(seen.length, 3);
        await assert.rejects(generation.result(), withCode("aborted"));
        assert.equal((await model.generate("y", { length: 1 }).result()).text, "<0>");
        // Frames run ahead of their reader by what one exchange of messages takes.
        assert.ok(wasm.steps < 20, `${wasm.steps} steps`);
        await model.dispose();
      });
    }

    it("stops when its loop is left", async () => {
      const { model, wasm } = await open();
      const generation = model.generate("x", { length: 5000 });
      for await (const frame of generation) if (frame.step === 2) break;
      await assert.rejects(generation.result(), withCode("aborted"));
      await model.generate("y", { length: 1 }).result();
      assert.ok(wasm.steps < 20, `${wasm.steps} steps`);
      await model.dispose();
    });

    it("does not begin what was cancelled in the queue", async () => {
      const { model, wasm } = await open();
      wasm.stepTime = 2;
      const controller = new AbortController();
      const first = model.generate("first", { length: 5 }).result();
      const second = model.generate("second", { signal: controller.signal }).result();
      controller.abort();
      await assert.rejects(second, withCode("aborted"));
      await first;
      await model.generate("third", { length: 1 }).result();
      assert.deepEqual(wasm.started, ["first", "third"]);
      await model.dispose();
    });

    it("is disposed once, stops what runs and says so afterwards", async () => {
      const { model, wasm } = await open();
      wasm.stepTime = 2;
      const running = model.generate("x", { length: 5000 });
      const waiting = model.generate("y").result();
      const frames = collect(running);
      frames.catch(() => {});
      waiting.catch(() => {});
      await sleep(10);
      await Promise.all([model.dispose(), model.dispose(), model[Symbol.asyncDispose]?.()]);
      await assert.rejects(frames, withCode("aborted", "disposed"));
      await assert.rejects(waiting, withCode("aborted", "disposed"));
      await assert.rejects(model.generate("z").result(), withCode("aborted", "disposed"));
      await assert.rejects(model.tokenize("z"), withCode("aborted", "disposed"));
      assert.equal(wasm.live, 0);
    });

    it("turns a panic into an error instead of waiting for ever", async () => {
      const { model } = await open();
      await assert.rejects(model.generate("panic").result(), withCode("internal", "index out of bounds"));
      await assert.rejects(model.generate("x").result(), withCode("internal"));
      await assert.rejects(model.tokenize("x"), withCode("internal"));
      await model.dispose();
    });
  });
}
