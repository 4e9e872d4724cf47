/** Makes the nodes and the constants of a graph, over weights of q4_0, with onnxruntime's fused operators. */
import { attribute, Element } from "./schema.mjs";

/** The domain of onnxruntime's own operators. */
export const MICROSOFT = "com.microsoft";

export class Builder {
  #nodes = [];
  #tensors = new Map();
  #names = 0;

  constructor(config, weights) {
    this.config = config;
    this.weights = weights;
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

  /** SwiGLU between the two products of the layer whose parts `name` names. */
  feedForward(x, name) {
    const gate = this.multiply(x, name("mlp.gate_proj"));
    const silu = this.node("Mul", [gate, this.node("Sigmoid", [gate])]);
    const product = this.node("Mul", [silu, this.multiply(x, name("mlp.up_proj"))]);
    return this.multiply(product, name("mlp.down_proj"));
  }

  /** The product with one part's projection, and the norm of each head where the checkpoint has one. */
  project(x, name, part, heads) {
    const y = this.multiply(x, name(`self_attn.${part}_proj`));
    const norm = name(`self_attn.${part}_norm`);
    return this.weights.has(norm) ? this.headNorm(y, heads, norm) : y;
  }

  /** Logits of normed rows. */
  head(x) {
    return this.multiply(x, this.weights.has("lm_head.weight") ? "lm_head.weight" : "model.embed_tokens.weight");
  }

  /**
   * The layers between embedding and head.
   * @param {string} ids
   * @param {(normed: string, name: (part: string) => string, layer: number) => string} attention what a layer's
   *   attention adds
   * @returns {string} the rows behind the last norm
   */
  layers(ids, attention) {
    const { vocab_size: vocabulary, hidden_size: width, num_hidden_layers: count } = this.config;
    this.table("embedding", this.weights.floats("model.embed_tokens.weight"), [vocabulary, width]);
    let hidden = this.node("Gather", ["embedding", ids]);
    let branch;
    for (let layer = 0; layer < count; layer++) {
      const name = (part) => `model.layers.${layer}.${part}.weight`;
      let normed;
      [normed, hidden] = this.norm(hidden, branch, name("input_layernorm"));
      branch = attention(normed, name, layer);
      [normed, hidden] = this.norm(hidden, branch, name("post_attention_layernorm"));
      branch = this.feedForward(normed, name);
    }
    return this.norm(hidden, branch, "model.norm.weight")[0];
  }

  /**
   * The graph of all nodes so far.
   * @param {string} name
   * @param {Record<string, [number, (number | string)[]]>} input element types and dimensions by name
   * @param {Record<string, [number, (number | string)[]]>} output likewise
   * @returns {object} a GraphProto
   */
  graph(name, input, output) {
    const values = (list) =>
      Object.entries(list).map(([name, [elem_type, dims]]) => {
        const dim = dims.map((size) => (typeof size === "number" ? { dim_value: size } : { dim_param: size }));
        return { name, type: { tensor_type: { elem_type, shape: { dim } } } };
      });
    const initializer = [...this.#tensors.values()];
    return { name, node: this.#nodes, initializer, input: values(input), output: values(output) };
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
