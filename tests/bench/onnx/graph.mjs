/**
 * The graph of a bidirectional Llama or Qwen3 over weights of q4_0, with the fused operators that onnxruntime has for
 * it: MatMulNBits, SkipSimplifiedLayerNormalization, RotaryEmbedding, and MultiHeadAttention where it is asked for.
 *
 * Input `ids` [1, rows]; outputs `token`, `best` and `norm` [1, rows]: the argmax of a row's logits, its logit, and the
 * logarithm of the sum of all exponentials.
 */
import { attribute, Element } from "./schema.mjs";

const MICROSOFT = "com.microsoft";

/**
 * @param {object} config the checkpoint's config.json
 * @param {import("./gguf.mjs").Weights} weights
 * @param {{ fusedAttention: boolean }} options
 * @returns {object} a GraphProto
 */
export function graph(config, weights, { fusedAttention }) {
  const build = new Builder(config, weights);
  const attend = fusedAttention ? attendFused : attendPlain;
  build.table("embedding", weights.floats("model.embed_tokens.weight"), [config.vocab_size, config.hidden_size]);
  let hidden = build.node("Gather", ["embedding", "ids"]);
  let branch;
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const name = (part) => `model.layers.${layer}.${part}.weight`;
    let normed;
    [normed, hidden] = build.norm(hidden, branch, name("input_layernorm"));
    branch = attention(build, normed, name, attend);
    [normed, hidden] = build.norm(hidden, branch, name("post_attention_layernorm"));
    branch = feedForward(build, normed, name);
  }
  const [last] = build.norm(hidden, branch, "model.norm.weight");
  statistics(build, build.multiply(last, weights.has("lm_head.weight") ? "lm_head.weight" : "model.embed_tokens.weight"));
  return build.graph();
}

function attention(build, x, name, attend) {
  const { config } = build;
  const groups = config.num_attention_heads / config.num_key_value_heads;
  const turned = (part, heads) => {
    let y = build.multiply(x, name(`self_attn.${part}_proj`));
    if (build.weights.has(name(`self_attn.${part}_norm`))) y = build.headNorm(y, heads, name(`self_attn.${part}_norm`));
    const turn = ["zero", "cos", "sin"];
    return build.node("RotaryEmbedding", [y, ...turn], { num_heads: heads, interleaved: 0 }, MICROSOFT);
  };
  const q = turned("q", config.num_attention_heads);
  const k = build.repeat(turned("k", config.num_key_value_heads), groups);
  const v = build.repeat(build.multiply(x, name("self_attn.v_proj")), groups);
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

function feedForward(build, x, name) {
  const gate = build.multiply(x, name("mlp.gate_proj"));
  const silu = build.node("Mul", [gate, build.node("Sigmoid", [gate])]);
  const product = build.node("Mul", [silu, build.multiply(x, name("mlp.up_proj"))]);
  return build.multiply(product, name("mlp.down_proj"));
}

function statistics(build, logits) {
  build.integers("last", [-1]);
  build.node("ArgMax", [logits], { axis: -1, keepdims: 0 }, "", ["token"]);
  build.node("ReduceMax", [logits, "last"], { keepdims: 0 }, "", ["best"]);
  build.node("ReduceLogSumExp", [logits, "last"], { keepdims: 0 }, "", ["norm"]);
}

class Builder {
  #nodes = [];
  #tensors = new Map();
  #names = 0;

  constructor(config, weights) {
    this.config = config;
    this.weights = weights;
    this.integers("zero", [0]);
    this.#angles();
  }

  /** A node of one output, or of the outputs that are named; returns the first. */
  node(op_type, input, attributes = {}, domain = "", output = [`${op_type}_${this.#names++}`]) {
    const listed = Object.entries(attributes).map(([name, value]) => attribute(name, value));
    this.#nodes.push({ op_type, name: output.find(Boolean), input, output, domain, attribute: listed });
    return output[0];
  }

  /** x W^T of a matrix of q4_0. */
  multiply(x, name) {
    const { n, k, quants, scales } = this.weights.blocks(name);
    this.#tensor(`${name}.quants`, Element.uint8, [n, k / 32, 16], quants);
    this.#tensor(`${name}.scales`, Element.float, [n * (k / 32)], scales);
    const sizes = { N: n, K: k, bits: 4, block_size: 32 };
    return this.node("MatMulNBits", [x, `${name}.quants`, `${name}.scales`], sizes, MICROSOFT);
  }

  /** RMS norm of hidden + branch, and that sum. */
  norm(hidden, branch, name) {
    this.table(name, this.weights.floats(name), [this.config.hidden_size]);
    const epsilon = { epsilon: { float: this.config.rms_norm_eps } };
    if (!branch) return [this.node("SimplifiedLayerNormalization", [hidden, name], { ...epsilon, axis: -1 }), hidden];
    const [normed, sum] = [`${name}.normed`, `${name}.sum`];
    const inputs = [hidden, branch, name];
    this.node("SkipSimplifiedLayerNormalization", inputs, epsilon, MICROSOFT, [normed, "", "", sum]);
    return [normed, sum];
  }

  /** RMS norm of each head. */
  headNorm(x, heads, name) {
    this.table(name, this.weights.floats(name), [this.config.head_dim]);
    const split = this.reshape(x, [0, 0, heads, this.config.head_dim]);
    const epsilon = { float: this.config.rms_norm_eps };
    const normed = this.node("SimplifiedLayerNormalization", [split, name], { epsilon, axis: -1 });
    return this.reshape(normed, [0, 0, heads * this.config.head_dim]);
  }

  /** Each head so many times, next to each other. */
  repeat(x, groups) {
    if (groups === 1) return x;
    const { head_dim: size, num_key_value_heads: heads } = this.config;
    const split = this.reshape(x, [0, 0, heads, 1, size]);
    const shape = this.integers(`repeat_${groups}`, [1, 1, heads, groups, size]);
    return this.reshape(this.node("Expand", [split, shape]), [0, 0, heads * groups * size]);
  }

  /** A constant of floats. */
  table(name, values, dims) {
    return this.#tensor(name, Element.float, dims, values);
  }

  /** A constant list of integers. */
  integers(name, values) {
    return this.#tensor(name, Element.int64, [values.length], BigInt64Array.from(values.map(BigInt)));
  }

  graph() {
    const row = (name, elem_type) => ({
      name,
      type: { tensor_type: { elem_type, shape: { dim: [{ dim_value: 1 }, { dim_param: "rows" }] } } },
    });
    return {
      name: "denoiser",
      node: this.#nodes,
      initializer: [...this.#tensors.values()],
      input: [row("ids", Element.int64)],
      output: [row("token", Element.int64), row("best", Element.float), row("norm", Element.float)],
    };
  }

  /** The same numbers in another shape, where 0 keeps a dimension. */
  reshape(x, shape) {
    return this.node("Reshape", [x, this.integers(`shape_${shape.join("_")}`, shape)]);
  }

  #angles() {
    const { head_dim: size, max_position_embeddings: positions, rope_theta: theta } = this.config;
    const half = size / 2;
    const angle = (i) => Math.floor(i / half) * theta ** (-(i % half) / half);
    const table = (of) => Float32Array.from({ length: positions * half }, (_, i) => of(angle(i)));
    this.table("cos", table(Math.cos), [positions, half]);
    this.table("sin", table(Math.sin), [positions, half]);
  }

  #tensor(name, data_type, dims, values) {
    const raw_data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#tensors.set(name, { name, data_type, dims, raw_data });
    return name;
  }
}
