/**
 * A checkpoint of random bf16 weights in the exact shapes of a published one. Its bytes are made as they are asked for,
 * so it takes no room.
 */

/** Published shapes; everything else of their config.json does not change what a forward costs. */
export const SHAPES = {
  "qwen3-0.6b": { hidden_size: 1024, intermediate_size: 3072, num_hidden_layers: 28, num_attention_heads: 16 },
  "qwen3-1.7b": { hidden_size: 2048, intermediate_size: 6144, num_hidden_layers: 28, num_attention_heads: 16 },
};

/** Bytes of random weights, used again and again. */
const TILE = 1 << 20;

/**
 * @param {keyof typeof SHAPES} name
 * @returns {{ config: object, size: number, read: (start: number, end: number) => Buffer }} `read` gives bytes of
 *   `model.safetensors`
 */
export function checkpoint(name) {
  const config = {
    architectures: ["Qwen3ForCausalLM"],
    model_type: "qwen3",
    ...SHAPES[name],
    num_key_value_heads: 8,
    head_dim: 128,
    vocab_size: 151_936,
    max_position_embeddings: 40_960,
    rms_norm_eps: 1e-6,
    rope_theta: 1e6,
    tie_word_embeddings: true,
    mask_token_id: 1,
    eos_token_id: 0,
  };
  const { header, bytes } = layout(shapes(config));
  const tile = weights();
  const read = (start, end) => {
    const parts = start < header.length ? [header.subarray(start, end)] : [];
    for (let at = Math.max(start, header.length); at < end; ) {
      const inside = (at - header.length) % TILE;
      const part = tile.subarray(inside, Math.min(TILE, inside + end - at));
      parts.push(part);
      at += part.length;
    }
    return Buffer.concat(parts);
  };
  return { config, size: header.length + bytes, read };
}

function shapes(config) {
  const { hidden_size: d, intermediate_size: inner, head_dim: size, vocab_size: tokens } = config;
  const [q, kv] = [config.num_attention_heads * size, config.num_key_value_heads * size];
  const list = [["model.embed_tokens.weight", [tokens, d]]];
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const add = (part, shape) => list.push([`model.layers.${layer}.${part}.weight`, shape]);
    add("input_layernorm", [d]);
    add("self_attn.q_proj", [q, d]);
    add("self_attn.k_proj", [kv, d]);
    add("self_attn.v_proj", [kv, d]);
    add("self_attn.o_proj", [d, q]);
    add("self_attn.q_norm", [size]);
    add("self_attn.k_norm", [size]);
    add("post_attention_layernorm", [d]);
    add("mlp.gate_proj", [inner, d]);
    add("mlp.up_proj", [inner, d]);
    add("mlp.down_proj", [d, inner]);
  }
  return [...list, ["model.norm.weight", [d]]];
}

/** The header of a safetensors file, and the bytes behind it. */
function layout(list) {
  let end = 0;
  const entries = list.map(([name, shape]) => {
    const begin = end;
    end += 2 * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: "BF16", shape, data_offsets: [begin, end] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return { header: Buffer.concat([length, json]), bytes: end };
}

/** Numbers in -0.06..0.06, as bf16: about the spread of trained weights. */
function weights() {
  const tile = Buffer.alloc(TILE);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  let state = 1;
  for (let at = 0; at < TILE; at += 2) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    float[0] = 0.12 * (state / 2 ** 32 - 0.5);
    tile.writeUInt16LE(bits[0] >>> 16, at);
  }
  return tile;
}
