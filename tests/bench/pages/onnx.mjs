/**
 * onnxruntime-web as a contender: `?provider=webgpu`, or `?provider=wasm&threads=N`.
 *
 * WebGPU gets plain attention: version 1.30's fused one gives other answers than its own wasm from some 32 rows on where
 * subgroups are four wide, as SwiftShader's are.
 */
const query = new URLSearchParams(location.search);
const provider = query.get("provider");
const ort = await import(provider === "webgpu" ? "/ort/ort.webgpu.min.mjs" : "/ort/ort.wasm.min.mjs");
ort.env.wasm.wasmPaths = "/ort/";
ort.env.wasm.numThreads = Number(query.get("threads") ?? 1);
ort.env.logLevel = "error";

const kind = provider === "webgpu" ? "plain" : "fused";
const OUTPUTS = ["token", "best", "norm"];
let session;

function tensor(ids) {
  return new ort.Tensor("int64", BigInt64Array.from(ids.map(BigInt)), [1, ids.length]);
}

async function forward(session, ids, past) {
  const feeds = { ids: tensor(ids), ...past };
  const start = performance.now();
  // Outputs are on the host when the promise resolves.
  const { token, best, norm } = await session.run(feeds, OUTPUTS);
  const seconds = (performance.now() - start) / 1000;
  const confidence = [...best.data].map((value, i) => Math.exp(value - norm.data[i]));
  return { seconds, tokens: [...token.data].map(Number), confidence };
}

/** Rows that stand behind a text: the session with that input, and the text's keys and values. */
let behind;

async function prepare(name, text) {
  await behind?.session.release();
  const config = await (await fetch(`/models/${name}.json`)).json();
  const { num_hidden_layers: layers, num_attention_heads: heads, head_dim: size } = config;
  const parts = Array.from({ length: layers }, (_, layer) => [`${layer}.key`, `${layer}.value`]).flat();
  const of = (when, value) => Object.fromEntries(parts.map((part) => [`${when}.${part}`, value(part)]));
  const session = await ort.InferenceSession.create(`/models/${name}.${kind}.past.onnx`, {
    executionProviders: [provider],
    // Where the next forward wants them.
    preferredOutputLocation: of("present", () => (provider === "webgpu" ? "gpu-buffer" : "cpu")),
  });
  const nothing = of("past", () => new ort.Tensor("float32", new Float32Array(0), [1, heads, 0, size]));
  const found = await session.run({ ids: tensor(text), ...nothing });
  behind = { session, past: of("past", (part) => found[`present.${part}`]) };
}

window.contender = {
  /** Makes `name` the model that runs; tells where. */
  async load(name) {
    await session?.release();
    session = await ort.InferenceSession.create(`/models/${name}.${kind}.onnx`, { executionProviders: [provider] });
    return provider;
  },
  /** Proposals of every row of `ids`, and the seconds they took. */
  run: (ids) => forward(session, ids, {}),
  /** Forwards a text, which `name` keeps. */
  prepare,
  /** Proposals of rows behind that text, and the seconds they took. */
  runBehind: (ids) => forward(behind.session, ids, behind.past),
};
