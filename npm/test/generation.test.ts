import assert from "node:assert/strict";
import { it } from "node:test";
import { LazyGeneration, type Work } from "../src/generation.js";
import { QueuedModel } from "../src/model.js";
import { Queue } from "../src/queue.js";
import { FakeWasm } from "./fake-wasm.js";
import { collect, directBackend, sleep, withCode } from "./helpers.js";

it("begins nothing before it is asked", async () => {
  let begun = 0;
  const work: Work = () => ((begun += 1), new Promise(() => {}));
  const generation = new LazyGeneration(work);
  await sleep(1);
  assert.equal(begun, 0);
  void generation.result();
  void generation.result();
  assert.equal(begun, 1);
});

it("gives every reader all frames", async () => {
  const model = new QueuedModel(await directBackend(new FakeWasm()));
  const generation = model.generate("x", { length: 4 });
  const [one, two] = await Promise.all([collect(generation), collect(generation)]);
  assert.equal(one.length, 4);
  assert.deepEqual(two, one);
  assert.deepEqual(await collect(generation), one);
});

it("runs on when its reader falls asleep, so that the queue moves", async () => {
  const model = new QueuedModel(await directBackend(new FakeWasm()));
  const forgotten = model.generate("x", { length: 4 })[Symbol.asyncIterator]();
  await forgotten.next();
  assert.equal((await model.generate("y", { length: 1 }).result()).text, "<0>");
});

it("rejects at once when cancelled, however long the step takes", async () => {
  const controller = new AbortController();
  const generation = new LazyGeneration(() => new Promise(() => {}), controller.signal);
  const result = generation.result();
  const frames = collect(generation);
  controller.abort();
  await assert.rejects(frames, withCode("aborted"));
  await assert.rejects(result, withCode("aborted"));
});

it("shows the frames before an error", async () => {
  const model = new QueuedModel(await directBackend(new FakeWasm()));
  const good = model.generate("x", { length: 2 });
  const seen = await collect(good);
  const failing = new LazyGeneration(async (onFrame) => {
    for (const frame of seen) onFrame(frame);
    throw new Error("broken");
  });
  let count = 0;
  await assert.rejects(async () => {
    for await (const _ of failing) count += 1;
  }, /broken/);
  assert.equal(count, 2);
});

it("a queue goes on after a failure", async () => {
  const queue = new Queue();
  const order: number[] = [];
  const failing = queue.run(async () => {
    await sleep(2);
    order.push(1);
    throw new Error("first");
  });
  const next = queue.run(async () => order.push(2));
  await assert.rejects(failing, /first/);
  await next;
  assert.deepEqual(order, [1, 2]);
});
