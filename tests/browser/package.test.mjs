/** The built npm package in real browsers, with the tiny model: in its worker and on the page's thread. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { eachBrowser } from "./browsers.mjs";
import { serve } from "./server.mjs";

/** What every executor must give; the native tests hold the same files. */
const golden = (name) => JSON.parse(readFileSync(new URL(`../golden/generation/${name}.json`, import.meta.url), "utf8"));

let server;
before(async () => {
  server = await serve(
    {
      "/": "tests/browser/pages",
      "/npm/": "npm",
      "/elsewhere/": "npm",
      "/engine.wasm": "npm/wasm/unmask_wasm_bg.wasm",
      "/models/": "models",
      "/cut/": "models/tiny",
      "/foreign/": "models/tiny",
      "/deep/": "models/tiny",
    },
    { intercept: (request, response) => cutWeights(request, response) || otherConfig(request, response) },
  );
});
after(() => server.close());

/** Below /cut/, the weights end after their first 100 kB, which is where a broken upload would leave them. */
function cutWeights({ url, headers }, response) {
  if (url !== "/cut/model.safetensors") return false;
  const [, start, end] = /bytes=(\d+)-(\d+)/.exec(headers.range);
  const last = Math.min(Number(end), 99_999);
  response.writeHead(206, { "Content-Range": `bytes ${start}-${last}/100000` });
  // The length of the header, then a header that is all spaces: cut off or not, no safetensors file.
  const bytes = Buffer.alloc(last - Number(start) + 1, " ");
  if (start === "0") bytes.writeBigUInt64LE(50_000_000n);
  response.end(bytes);
  return true;
}

/** Below /foreign/ and /deep/, the configuration is not the one that the weights were made for. */
function otherConfig({ url }, response) {
  const changes = { "/foreign/config.json": { model_type: "mamba" }, "/deep/config.json": { num_hidden_layers: 9 } };
  if (!changes[url]) return false;
  const config = JSON.parse(readFileSync(new URL("../../models/tiny/config.json", import.meta.url), "utf8"));
  const bytes = Buffer.from(JSON.stringify({ ...config, ...changes[url] }));
  response.writeHead(206, { "Content-Range": `bytes 0-${bytes.length - 1}/${bytes.length}` });
  response.end(bytes);
  return true;
}

const open = async (page) => {
  await page.goto(`${server.url}/package.html`);
  await page.waitForFunction("globalThis.ready");
};

eachBrowser("generates in a worker and on the page what every executor gives", async ({ page, name, test }) => {
  await open(page);
  const runs = await page.evaluate(async ({ prompt, ...options }) => {
    const runs = [];
    for (const [device, worker] of [["gpu", true], ["gpu", false], ["cpu", true]]) {
      const stages = new Set();
      const model = await unmask.loadModel("/models/tiny/", { device, dtype: "f32", worker, onProgress: ({ stage }) => stages.add(stage) });
      const generation = model.generate(prompt, options);
      const frames = await collect(generation);
      runs.push({ device, stages: [...stages], inWorker: model.inWorker, info: model.info, frames, result: await generation.result() });
      await model.dispose();
      await model.dispose();
    }
    return runs;
  }, golden("request"));
  const expected = golden("expected");
  for (const { device, info, frames, result, stages, inWorker } of runs) {
    const { kind, adapter, tier } = info.device;
    test.diagnostic(`${name}, in worker ${inWorker}: ${kind} "${adapter}" ${JSON.stringify(tier)}: ${result.text}`);
    assert.equal(kind, device);
    assert.equal(stages.at(-1), "ready");
    assert.equal(frames.at(-1).masksLeft, 0);
    assert.deepEqual({ ids: result.ids, text: result.text }, expected);
    assert.equal(result.pieces.length, expected.ids.length);
    if (kind === "gpu" && name === "chromium") assert.ok(tier.subgroups, "the adapter's subgroups reached the device");
  }
  assert.deepEqual(runs.map(({ inWorker }) => inWorker), [true, false, true]);
});

eachBrowser("scores texts, and keeps one answer of several runs", async ({ page }) => {
  await open(page);
  const found = await page.evaluate(async () => {
    const scores = [];
    for (const worker of [true, false]) {
      const model = await unmask.loadModel("/models/tiny/", { device: "cpu", dtype: "f32", worker });
      const options = { prompt: "Once upon a time", samples: 6, seed: 1 };
      const likely = await model.score(", there was a little", options);
      const unlikely = await model.score("little a was there ,", options);
      const refused = [
        await failure(model.score("", options)),
        await failure(model.score("a", { estimator: "exact" })),
        await failure(model.score("a", { samples: 0 })),
      ];
      const controller = new AbortController();
      const cut = failure(model.score("a little boat", { samples: 100_000, signal: controller.signal }));
      setTimeout(() => controller.abort(), 50);
      const aborted = await cut;
      const vote = await model.generate("Once", { length: 4, vote: { blocks: [1, 2, 4] } }).result();
      const best = await model.generate("Once", { length: 4, bestOf: 2, temperature: 1 }).result();
      scores.push({ likely, unlikely, refused, aborted, vote, best });
      await model.dispose();
    }
    return scores;
  });
  for (const { likely, unlikely, refused, aborted, vote, best } of found) {
    assert.ok(likely.perToken < 0 && likely.perToken > unlikely.perToken, JSON.stringify({ likely, unlikely }));
    assert.ok(likely.standardError >= 0 && likely.samples === 6);
    assert.ok(Math.abs(likely.logLikelihood - likely.perToken * likely.tokens) < 1e-9);
    for (const { code } of refused) assert.equal(code, "bad_input");
    assert.equal(aborted.code, "aborted");
    assert.ok(vote.paths.length >= 2 && vote.paths.some(({ kept, text }) => kept && text === vote.text));
    assert.equal(best.paths.length, 2);
    const values = best.paths.map(({ score }) => score?.perToken ?? -Infinity);
    assert.equal(values.indexOf(Math.max(...values)), best.paths.findIndex(({ kept }) => kept));
  }
  assert.deepEqual(found[0].likely, found[1].likely);
});

eachBrowser("measures the device once, and a load knows what an earlier one found", async ({ page, name, test }) => {
  await open(page);
  const { first, again, seconds, cpu, ids } = await page.evaluate(async (request) => {
    const { prompt, ...options } = request;
    const outcome = { seconds: [] };
    const timed = async (task) => {
      const start = performance.now();
      const result = await task();
      outcome.seconds.push((performance.now() - start) / 1000);
      return result;
    };
    const model = await unmask.loadModel("/models/tiny/", { device: "gpu", dtype: "f32" });
    outcome.first = await timed(() => model.tune());
    outcome.again = await timed(() => model.tune());
    await model.dispose();
    const next = await unmask.loadModel("/models/tiny/", { device: "gpu", dtype: "f32" });
    outcome.ids = [...(await next.generate(prompt, options).result()).ids];
    await next.dispose();
    const onCpu = await unmask.loadModel("/models/tiny/", { device: "cpu" });
    outcome.cpu = await onCpu.tune();
    await onCpu.dispose();
    return outcome;
  }, golden("request"));
  test.diagnostic(`${name}: ${JSON.stringify(first)}, ${seconds} s`);
  assert.deepEqual(again, first);
  assert.ok(seconds[1] < seconds[0] / 2, "what is known is not measured again");
  assert.deepEqual(ids, golden("expected").ids, "whatever is faster computes the same");
  for (const { forwards, knee } of [first, cpu]) {
    assert.equal(forwards[0].rows, 1);
    assert.ok(forwards.every(({ seconds }) => seconds > 0));
    assert.ok(forwards.some(({ rows }) => rows === knee));
  }
  assert.equal(cpu.tiles, undefined);
  // Only Chromium's adapter has subgroups, without which there is nothing to choose.
  assert.equal(first.tiles === undefined, name === "firefox");
});

eachBrowser("a diffusion model drafts for a causal one, which writes what it would have written alone", async ({ page, name, test }) => {
  await open(page);
  const { alone, drafted, here, refused } = await page.evaluate(async () => {
    const options = { device: "cpu" };
    const model = await unmask.loadModel("/models/tiny-ar/", options);
    const drafter = await unmask.loadModel("/models/tiny/", options);
    const asked = { length: 24 };
    const alone = await model.generate("Once upon a time", asked).result();
    const generation = model.generate("Once upon a time", { ...asked, drafter });
    const steps = (await collect(generation)).length;
    const drafted = { ...(await generation.result()), steps };
    const direct = await unmask.loadModel("/models/tiny/", { ...options, worker: false });
    const here = await model.generate("Once upon a time", { ...asked, drafter: direct, draftLength: 4 }).result();
    const refused = [
      await failure(drafter.generate("x", { drafter: model }).result()),
      await failure(model.generate("x", { drafter: model }).result()),
    ];
    for (const each of [model, drafter, direct]) await each.dispose();
    return { alone, drafted, here, refused };
  });
  test.diagnostic(`${name}: ${alone.forwards} forwards alone, ${drafted.forwards} in ${drafted.steps} steps drafted for`);
  assert.deepEqual([drafted.ids, here.ids], [alone.ids, alone.ids]);
  assert.ok(drafted.steps < alone.forwards, "some drafts were right");
  assert.equal(drafted.forwards, 2 * drafted.steps, "the drafter's forwards count too");
  assert.deepEqual(refused.map(({ code }) => code), ["bad_input", "bad_input"]);
});

eachBrowser("without an adapter the CPU does it and says why, and a GPU that is insisted on is an error", async ({ page }) => {
  await open(page);
  const { device, ids, insisted, found } = await page.evaluate(async ({ prompt, ...options }) => {
    navigator.gpu.requestAdapter = async () => null;
    const model = await unmask.loadModel("/models/tiny/", { dtype: "f32", worker: false });
    const { ids } = await model.generate(prompt, options).result();
    const { device } = model.info;
    await model.dispose();
    const insisted = await failure(unmask.loadModel("/models/tiny/", { device: "gpu", worker: false }));
    return { device, ids: [...ids], insisted, found: await unmask.capabilities({ worker: false }) };
  }, golden("request"));
  assert.equal(device.kind, "cpu");
  assert.match(device.reason, /no WebGPU adapter/);
  assert.deepEqual(ids, golden("expected").ids);
  assert.equal(insisted?.code, "no_webgpu", JSON.stringify(insisted));
  assert.deepEqual([found.webgpu, /no adapter/.test(found.reason)], [false, true]);
});

eachBrowser("fails with its codes and works on", async ({ page }) => {
  await open(page);
  const outcome = await page.evaluate(async () => {
    const { loadModel, mask } = unmask;
    const failures = {
      missing_file: await failure(loadModel("/models/nothing/")),
      bad_file: await failure(loadModel("/cut/")),
      unsupported_model: await failure(loadModel("/foreign/")),
      missing_tensor: await failure(loadModel("/deep/")),
      network: await failure(loadModel("/models/tiny/", { wasmUrl: "/nothing.wasm" })),
    };
    const noWorker = await failure(loadModel("/models/tiny/", { workerUrl: "/nothing.js", worker: true }));
    const model = await loadModel("/models/tiny/");
    failures.bad_input = await failure(model.generate("x", { length: "long" }).result());
    failures.context_overflow = await failure(model.generate("x", { length: 100_000 }).result());
    const controller = new AbortController();
    const cancelled = model.generate("Once", { length: 32, select: "even", signal: controller.signal });
    let seen = 0;
    const loop = (async () => {
      for await (const _ of cancelled) if ((seen += 1) === 2) controller.abort();
    })();
    failures.aborted = await failure(loop);
    const filled = await model.fill(["Once upon", mask(4), "."]).result();
    const text = await model.detokenize(await model.tokenize("a small boat"));
    await model.dispose();
    return { failures, noWorker, seen, filled, text };
  });
  for (const [code, failure] of Object.entries(outcome.failures)) {
    assert.deepEqual([failure?.name, failure?.code], ["UnmaskError", code], JSON.stringify(failure));
  }
  assert.equal(outcome.noWorker.code, "network", outcome.noWorker.message);
  assert.equal(outcome.seen, 2);
  assert.match(outcome.filled.text, /^Once upon/);
  assert.equal(outcome.text, "a small boat");
});

eachBrowser("a device that is lost in mid-generation fails the call by its code, and the next call works", async ({ page }) => {
  await open(page);
  const outcome = await page.evaluate(async (request) => {
    // On the page's own thread, where a test can reach the device that the engine asks for.
    const devices = [];
    const ask = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      const device = await ask.apply(this, args);
      devices.push(device);
      return device;
    };
    const options = { device: "gpu", worker: false };
    const model = await unmask.loadModel("/models/tiny/", options);
    const { prompt, ...rest } = request;
    const lost = await failure(
      (async () => {
        for await (const _ of model.generate(prompt, rest)) devices.splice(0).forEach((device) => device.destroy());
      })(),
    );
    const { ids } = await model.generate(prompt, rest).result();
    await model.dispose();
    return { lost, ids: [...ids] };
  }, golden("request"));
  assert.equal(outcome.lost?.code, "device_lost", JSON.stringify(outcome.lost));
  assert.deepEqual(outcome.ids, golden("expected").ids);
});

eachBrowser("takes files, blobs, buffers and streams, and two models work at once", async ({ page }) => {
  await open(page);
  const texts = await page.evaluate(async () => {
    const fetched = async (name) => (await fetch(`/models/tiny/${name}`)).blob();
    const blobs = {};
    for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) blobs[name] = await fetched(name);
    const files = Object.entries(blobs).map(([name, blob]) => new File([blob], name));
    const mixed = {
      "config.json": new URL("/models/tiny/config.json", location.href),
      "tokenizer.json": await blobs["tokenizer.json"].arrayBuffer(),
      "model.safetensors": blobs["model.safetensors"].stream(),
    };
    const options = { device: "cpu", dtype: "f32" };
    const direct = await import("/npm/dist/direct-entry.js");
    const models = await Promise.all([
      unmask.loadModel(files, options),
      unmask.loadModel(mixed, options),
      direct.loadModel(blobs, options),
      direct.loadModel(blobs, options),
    ]);
    const results = await Promise.all(models.map((model) => model.generate("Once", { length: 8 }).result()));
    const edited = await models[0].edit("Once upon a time", { start: 5, end: 9 }).result();
    for (const model of models) await model.dispose();
    return [...results.map(({ text }) => text), edited.text, ...models.map(({ inWorker }) => inWorker)];
  });
  const [first, second, third, fourth, edited, ...inWorker] = texts;
  assert.deepEqual([second, third, fourth], [first, first, first]);
  assert.match(edited, /^Once .+ a time$/);
  assert.deepEqual(inWorker, [true, true, false, false]);
});

eachBrowser("worker and wasm come from where the options say", async ({ page }) => {
  await open(page);
  server.requests.length = 0;
  const { committed, inWorker } = await page.evaluate(async () => {
    const options = { device: "cpu", workerUrl: "/elsewhere/dist/worker.js", wasmUrl: "/engine.wasm" };
    const model = await unmask.loadModel("/models/tiny/", options);
    const { committed } = await model.generate("Once", { length: 2 }).result();
    await model.dispose();
    return { committed, inWorker: model.inWorker };
  });
  assert.deepEqual([committed > 0, inWorker], [true, true]);
  const paths = server.requests.map(({ path }) => path);
  assert.ok(paths.includes("/elsewhere/dist/worker.js") && paths.includes("/engine.wasm"), String(paths));
  assert.ok(!paths.some((path) => path.endsWith("unmask_wasm_bg.wasm")), String(paths));
});

eachBrowser("stops a download at once and tells its capabilities", async ({ page, name, test }) => {
  await open(page);
  const { aborted, found } = await page.evaluate(async () => {
    const controller = new AbortController();
    const onProgress = ({ stage }) => stage === "download" && controller.abort();
    const loading = unmask.loadModel("/models/tiny/", { signal: controller.signal, onProgress });
    return { aborted: await failure(loading), found: await unmask.capabilities() };
  });
  test.diagnostic(`${name}: ${JSON.stringify(found)}`);
  assert.equal(aborted.code, "aborted");
  assert.equal(found.webgpu, true, found.reason);
});
