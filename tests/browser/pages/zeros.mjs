/**
 * A checkpoint of zeros in F16, made on demand: its bytes are nowhere until they are read.
 * @param {object} config of a Qwen3 model
 * @param {Uint8Array} tokenizer the bytes of a tokenizer.json
 * @returns {{ bytes: number, files: object }} bytes of its weights, and what `WasmModel.load` reads
 */
export function zeros(config, tokenizer) {
  const { hidden_size: d, intermediate_size: ffn, num_hidden_layers: layers, vocab_size: vocab } = config;
  const kv = (config.num_key_value_heads * d) / config.num_attention_heads;
  const shapes = { "model.embed_tokens.weight": [vocab, d], "model.norm.weight": [d] };
  for (let layer = 0; layer < layers; layer += 1) {
    const of = (name) => `model.layers.${layer}.${name}.weight`;
    Object.assign(shapes, {
      [of("input_layernorm")]: [d],
      [of("self_attn.q_proj")]: [d, d],
      [of("self_attn.k_proj")]: [kv, d],
      [of("self_attn.v_proj")]: [kv, d],
      [of("self_attn.o_proj")]: [d, d],
      [of("post_attention_layernorm")]: [d],
      [of("mlp.gate_proj")]: [ffn, d],
      [of("mlp.up_proj")]: [ffn, d],
      [of("mlp.down_proj")]: [d, ffn],
    });
  }
  const header = {};
  let end = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = 2 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: "F16", shape, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array(8 + json.length);
  new DataView(start.buffer).setBigUint64(0, BigInt(json.length), true);
  start.set(json, 8);
  const small = {
    "config.json": new TextEncoder().encode(JSON.stringify(config)),
    "tokenizer.json": tokenizer,
  };
  const size = (file) => small[file]?.length ?? (file === "model.safetensors" ? start.length + end : null);
  return {
    bytes: end,
    files: {
      size: async (file) => size(file),
      read: async (file, from, to) => {
        if (small[file]) return small[file].slice(from, to);
        const bytes = new Uint8Array(to - from);
        if (from < start.length) bytes.set(start.subarray(from, Math.min(to, start.length)));
        return bytes;
      },
    },
  };
}
