/**
 * The graph of a bidirectional Llama or Qwen3 over weights of q4_0, with the fused operators that onnxruntime has for
 * it: MatMulNBits, SkipSimplifiedLayerNormalization, RotaryEmbedding, and MultiHeadAttention where it is asked for.
 *
 * Input `ids` [1, rows]; outputs `token`, `best` and `norm` [1, rows]: the argmax of a row's logits, its logit, and the
 * logarithm of the sum of all exponentials.
 */
import { Builder, MICROSOFT } from "./builder.mjs";
import { Element } from "./schema.mjs";

/**
 * @param {object} config the checkpoint's config.json
 * @param {import("./gguf.mjs").Weights} weights
 * @param {{ fusedAttention: boolean }} options
 * @returns {object} a GraphProto
 */
export function graph(config, weights, { fusedAttention }) {
  const build = new Builder(config, weights);
  const attend = fusedAttention ? attendFused : attendPlain;
  const last = build.layers("ids", (x, name) => attention(build, x, name, attend));
  statistics(build, build.head(last));
  const row = (type) => [type, [1, "rows"]];
  const output = { token: row(Element.int64), best: row(Element.float), norm: row(Element.float) };
  return build.graph("denoiser", { ids: row(Element.int64) }, output);
}

function attention(build, x, name, attend) {
  build.integers("zero", [0]);
  const { num_attention_heads: heads, num_key_value_heads: keyHeads } = build.config;
  const groups = heads / keyHeads;
  const turned = (part, heads) => {
    const inputs = [build.project(x, name, part, heads), "zero", "cos", "sin"];
    return build.node("RotaryEmbedding", inputs, { num_heads: heads, interleaved: 0 }, MICROSOFT);
  };
  const q = turned("q", heads);
  const k = build.repeat(turned("k", keyHeads), groups);
  const v = build.repeat(build.project(x, name, "v", keyHeads), groups);
  return build.multiply(attend(build, q, k, v), name("self_attn.o_proj"));
}

function attendFused(build, q, k, v) {
  const heads = { num_heads: build.config.num_attention_heads };
  return build.node("MultiHeadAttention", [q, k, v], heads, MICROSOFT);
}

function attendPlain(build, q, k, v) {
  const { num_attention_heads: heads, head_dim: size } = build.config;
  build.table("scale", Float32Array.of(size ** -0.5), []);
  const split = (x, perm) => build.node("Transpose", [build.reshape(x, [0, 0, heads, size])], { perm });
  const scores = build.node("MatMul", [split(build.node("Mul", [q, "scale"]), [0, 2, 1, 3]), split(k, [0, 2, 3, 1])]);
  const weights = build.node("Softmax", [scores], { axis: -1 });
  const mixed = build.node("MatMul", [weights, split(v, [0, 2, 1, 3])]);
  return build.reshape(build.node("Transpose", [mixed], { perm: [0, 2, 1, 3] }), [0, 0, heads * size]);
}

function statistics(build, logits) {
  build.integers("last", [-1]);
  build.node("ArgMax", [logits], { axis: -1, keepdims: 0 }, "", ["token"]);
  build.node("ReduceMax", [logits, "last"], { keepdims: 0 }, "", ["best"]);
  build.node("ReduceLogSumExp", [logits, "last"], { keepdims: 0 }, "", ["norm"]);
}
