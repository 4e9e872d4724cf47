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
let session;

async function run(ids) {
  const data = BigInt64Array.from(ids.map(BigInt));
  const feeds = { ids: new ort.Tensor("int64", data, [1, ids.length]) };
  const start = performance.now();
  // Outputs are on the host when the promise resolves.
  const { token, best, norm } = await session.run(feeds);
  const seconds = (performance.now() - start) / 1000;
  const confidence = [...best.data].map((value, i) => Math.exp(value - norm.data[i]));
  return { seconds, tokens: [...token.data].map(Number), confidence };
}

window.contender = {
  /** Makes `name` the model that runs; tells where. */
  async load(name) {
    await session?.release();
    session = await ort.InferenceSession.create(`/models/${name}.${kind}.onnx`, { executionProviders: [provider] });
    return provider;
  },
  /** Proposals of every row of `ids`, and the seconds they took. */
  run,
};
