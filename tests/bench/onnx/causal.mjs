/**
 * The graph of a causal Llama or Qwen3 that keeps its keys and values, with the names that transformers.js gives to its
 * inputs and outputs; attention, rotation and the cache are one operator, GroupQueryAttention.
 *
 * Inputs `input_ids` [1, rows], `attention_mask` [1, total] and `past_key_values.N.key` and `.value`
 * [1, heads, past, size]; outputs `logits` [1, 1, vocabulary] of the last row, `present.N.key` and `.value`.
 */
import { Builder, MICROSOFT } from "./builder.mjs";
import { Element } from "./schema.mjs";

/**
 * @param {object} config the checkpoint's config.json
 * @param {import("./gguf.mjs").Weights} weights
 * @returns {object} a GraphProto
 */
export function causalGraph(config, weights) {
  const build = new Builder(config, weights);
  lengths(build);
  const last = build.layers("input_ids", (x, name, layer) => attention(build, x, name, layer));
  build.integers("end", [-1]);
  const row = build.node("Gather", [last, "end"], { axis: 1 });
  build.node("Identity", [build.head(row)], {}, "", ["logits"]);
  const input = { input_ids: [Element.int64, [1, "rows"]], attention_mask: [Element.int64, [1, "total"]] };
  const output = { logits: [Element.float, [1, 1, config.vocab_size]] };
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    for (const part of ["key", "value"]) {
      const dims = (length) => [Element.float, [1, config.num_key_value_heads, length, config.head_dim]];
      input[`past_key_values.${layer}.${part}`] = dims("past");
      output[`present.${layer}.${part}`] = dims("total");
    }
  }
  return build.graph("decoder", input, output);
}

/** How long the text is with the new rows, in the two forms that the operator wants. */
function lengths(build) {
  const to = { to: Element.int32 };
  build.integers("one", [1]);
  const sum = build.node("ReduceSum", ["attention_mask", "one"], { keepdims: 0 });
  build.node("Cast", [build.node("Sub", [sum, "one"])], to, "", ["last_position"]);
  const shape = build.node("Shape", ["attention_mask"], { start: 1, end: 2 });
  build.node("Cast", [build.node("Squeeze", [shape])], to, "", ["total_length"]);
}

function attention(build, x, name, layer) {
  const { num_attention_heads: heads, num_key_value_heads: keyHeads } = build.config;
  const [q, k, v] = [["q", heads], ["k", keyHeads], ["v", keyHeads]].map(([part, count]) =>
    build.project(x, name, part, count),
  );
  const past = ["key", "value"].map((part) => `past_key_values.${layer}.${part}`);
  const inputs = [q, k, v, ...past, "last_position", "total_length", "cos", "sin"];
  const attributes = { num_heads: heads, kv_num_heads: keyHeads, do_rotary: 1, rotary_interleaved: 0 };
  const outputs = [`attended.${layer}`, `present.${layer}.key`, `present.${layer}.value`];
  return build.multiply(
    build.node("GroupQueryAttention", inputs, attributes, MICROSOFT, outputs),
    name("self_attn.o_proj"),
  );
}
