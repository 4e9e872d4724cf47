/**
 * The graph of a bidirectional Llama or Qwen3 over weights of q4_0, with the fused operators that onnxruntime has for
 * it: MatMulNBits, SkipSimplifiedLayerNormalization, RotaryEmbedding, and MultiHeadAttention where it is asked for.
 *
 * Input `ids` [1, rows]; outputs `token`, `best` and `norm` [1, rows]: the argmax of a row's logits, its logit, and the
 * logarithm of the sum of all exponentials. With `hasPast` the rows stand behind others and see them: inputs
 * `past.N.key` and `.value` [1, heads, past, size], outputs `present.N.key` and `.value` with the new rows behind.
 */
import { Builder, MICROSOFT } from "./builder.mjs";
import { Element } from "./schema.mjs";

/**
 * @param {object} config the checkpoint's config.json
 * @param {import("./gguf.mjs").Weights} weights
 * @param {{ fusedAttention: boolean, hasPast?: boolean }} options
 * @returns {object} a GraphProto
 */
export function graph(config, weights, { fusedAttention, hasPast = false }) {
  const build = new Builder(config, weights);
  const { num_hidden_layers: layers, num_attention_heads: heads, head_dim: size } = config;
  const attend = fusedAttention ? attendFused : attendPlain;
  const start = hasPast ? build.node("Shape", ["past.0.key"], { start: 2, end: 3 }) : build.integers("zero", [0]);
  const cache = (layer) => (hasPast ? cacheOf(layer) : undefined);
  const last = build.layers("ids", (x, name, layer) => attention(build, x, name, { attend, start, cache: cache(layer) }));
  statistics(build, build.head(last));
  const row = (type) => [type, [1, "rows"]];
  const input = { ids: row(Element.int64) };
  const output = { token: row(Element.int64), best: row(Element.float), norm: row(Element.float) };
  for (let layer = 0; hasPast && layer < layers; layer++) {
    const { past, present } = cacheOf(layer);
    for (const name of past) input[name] = [Element.float, [1, heads, "past", size]];
    for (const name of present) output[name] = [Element.float, [1, heads, "total", size]];
  }
  return build.graph("denoiser", input, output);
}

/** Names of a layer's keys and values before and after. */
function cacheOf(layer) {
  const names = (when) => ["key", "value"].map((part) => `${when}.${layer}.${part}`);
  return { past: names("past"), present: names("present") };
}

function attention(build, x, name, { attend, start, cache }) {
  const { num_attention_heads: heads, num_key_value_heads: keyHeads } = build.config;
  const groups = heads / keyHeads;
  const turned = (part, heads) => {
    const inputs = [build.project(x, name, part, heads), start, "cos", "sin"];
    return build.node("RotaryEmbedding", inputs, { num_heads: heads, interleaved: 0 }, MICROSOFT);
  };
  const q = turned("q", heads);
  const k = build.repeat(turned("k", keyHeads), groups);
  const v = build.repeat(build.project(x, name, "v", keyHeads), groups);
  return build.multiply(attend(build, [q, k, v], cache), name("self_attn.o_proj"));
}

function attendFused(build, qkv, cache) {
  const heads = { num_heads: build.config.num_attention_heads };
  if (!cache) return build.node("MultiHeadAttention", qkv, heads, MICROSOFT);
  const [bias, padding, scores] = ["", "", ""];
  const inputs = [...qkv, bias, padding, scores, ...cache.past];
  const outputs = [`${cache.present[0]}.attended`, ...cache.present];
  return build.node("MultiHeadAttention", inputs, heads, MICROSOFT, outputs);
}

function attendPlain(build, qkv, cache) {
  const { num_attention_heads: heads, head_dim: size } = build.config;
  build.table("scale", Float32Array.of(size ** -0.5), []);
  const perm = [0, 2, 1, 3];
  const [q, ...keyAndValue] = qkv.map((x) => build.node("Transpose", [build.reshape(x, [0, 0, heads, size])], { perm }));
  const [k, v] = keyAndValue.map((x, i) => {
    if (!cache) return x;
    return build.node("Concat", [cache.past[i], x], { axis: 2 }, "", [cache.present[i]]);
  });
  const turned = build.node("Transpose", [k], { perm: [0, 1, 3, 2] });
  const scores = build.node("MatMul", [build.node("Mul", [q, "scale"]), turned]);
  const mixed = build.node("MatMul", [build.node("Softmax", [scores], { axis: -1 }), v]);
  return build.reshape(build.node("Transpose", [mixed], { perm }), [0, 0, heads * size]);
}

function statistics(build, logits) {
  build.integers("last", [-1]);
  build.node("ArgMax", [logits], { axis: -1, keepdims: 0 }, "", ["token"]);
  build.node("ReduceMax", [logits, "last"], { keepdims: 0 }, "", ["best"]);
  build.node("ReduceLogSumExp", [logits, "last"], { keepdims: 0 }, "", ["norm"]);
}
