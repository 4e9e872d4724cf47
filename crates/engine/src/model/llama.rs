//! The Llama/Qwen block, bidirectional: RMSNorm, rotary grouped-query attention with optional
//! QK-norm and QKV bias, SwiGLU (Touvron et al. 2023, arXiv 2302.13971; Qwen3, arXiv 2505.09388).

mod facts;

use super::config::Config;
use super::parameter::{Matrix, Parameter, Shape, Weights};
use super::registry::Family;
use super::spec::ModelSpec;
use super::{Architecture, Inputs};
use crate::error::Result;
use crate::kernels::attention::{self, Attention};
use crate::kernels::embed::{self, Embed};
use crate::kernels::matmul_tile::{self, Epilogue, MatmulTile};
use crate::kernels::rms_norm::{self, RmsNorm};
use crate::kernels::rope::{self, Rope};
use crate::recording::{BufferId, BufferIds, Recording};
use crate::weights::Assembly;

/// A checkpoint of the Llama/Qwen family.
pub struct Llama {
    spec: ModelSpec,
}

impl Llama {
    /// Reads and checks the facts.
    ///
    /// # Errors
    /// As [`super::detect`].
    pub fn new(
        config: &Config,
        family: Family,
        has_tensor: &dyn Fn(&str) -> bool,
        has_mask: bool,
    ) -> Result<Self> {
        let spec = facts::read(config, family, has_tensor, has_mask)?;
        Ok(Self { spec })
    }
}

/// Buffers between the kernels of a layer, used by every layer in turn.
struct Scratch {
    /// `[rows, hidden]`: the residual stream
    x: BufferId,
    /// `[rows, hidden]`: normalised
    normed: BufferId,
    /// `[rows, query heads + 2 * key heads, head_dim]`
    qkv: BufferId,
    /// `[rows, query heads, head_dim]`
    attended: BufferId,
    /// `[rows, ffn]`
    gated: BufferId,
}

// ---- parameters ---------------------------------------------------------------------------

fn layer_tensor(layer: usize, name: &str) -> String {
    format!("model.layers.{layer}.{name}")
}

fn layer_parameters(spec: &ModelSpec, layer: usize) -> Vec<Parameter> {
    let stacked = |names: &[&str]| {
        Assembly::Stacked(names.iter().map(|name| layer_tensor(layer, name)).collect())
    };
    let gate_up = Assembly::Alternating([
        layer_tensor(layer, "mlp.gate_proj.weight"),
        layer_tensor(layer, "mlp.up_proj.weight"),
    ]);
    let projections = ["q_proj", "k_proj", "v_proj"].map(|p| format!("self_attn.{p}.weight"));
    let biases = ["q_proj", "k_proj", "v_proj"].map(|p| format!("self_attn.{p}.bias"));
    let gains = ["self_attn.q_norm.weight", "self_attn.k_norm.weight"];
    let attended = spec.query_heads * spec.head_dim;
    let qkv = attended + 2 * spec.key_heads * spec.head_dim;
    let names = |names: &[String; 3]| stacked(&names.each_ref().map(String::as_str));

    let mut parameters = vec![
        (
            "attention_norm",
            stacked(&["input_layernorm.weight"]),
            Shape::Vector(spec.hidden),
        ),
        ("qkv", names(&projections), Shape::Matrix(qkv, spec.hidden)),
        (
            "o",
            stacked(&["self_attn.o_proj.weight"]),
            Shape::Matrix(spec.hidden, attended),
        ),
        (
            "ffn_norm",
            stacked(&["post_attention_layernorm.weight"]),
            Shape::Vector(spec.hidden),
        ),
        ("gate_up", gate_up, Shape::Matrix(2 * spec.ffn, spec.hidden)),
        (
            "down",
            stacked(&["mlp.down_proj.weight"]),
            Shape::Matrix(spec.hidden, spec.ffn),
        ),
    ];
    if spec.qkv_bias {
        parameters.push(("qkv_bias", names(&biases), Shape::Vector(qkv)));
    }
    if spec.qk_norm {
        parameters.push(("qk_norm", stacked(&gains), Shape::Vector(2 * spec.head_dim)));
    }
    let of_layer = |(role, assembly, shape)| Parameter {
        name: (role, Some(layer)),
        assembly,
        shape,
    };
    parameters.into_iter().map(of_layer).collect()
}

// ---- forward ------------------------------------------------------------------------------

impl Llama {
    fn record_attention(
        &self,
        (layer, store): (usize, BufferId),
        inputs: &Inputs,
        weights: &Weights,
        s: &Scratch,
        out: &mut Recording,
    ) {
        let layer = Some(layer);
        let bias = weights.optional_vector("qkv_bias", layer);
        let epilogue = bias.map_or(Epilogue::Store, Epilogue::Bias);
        out.push(self.norm(
            inputs.rows,
            s.x,
            weights.vector("attention_norm", layer),
            s.normed,
        ));
        push_matmul(
            out,
            inputs.rows,
            weights.matrix("qkv", layer),
            s.normed,
            s.qkv,
            epilogue,
        );
        let gains = weights.optional_vector("qk_norm", layer);
        out.push(self.rope(inputs, s.qkv, store, gains));
        out.push(self.attention(inputs, s, store));
        push_matmul(
            out,
            inputs.rows,
            weights.matrix("o", layer),
            s.attended,
            s.x,
            Epilogue::Add,
        );
    }

    fn record_ffn(
        &self,
        layer: usize,
        inputs: &Inputs,
        weights: &Weights,
        s: &Scratch,
        out: &mut Recording,
    ) {
        let layer = Some(layer);
        let rows = inputs.rows;
        out.push(self.norm(rows, s.x, weights.vector("ffn_norm", layer), s.normed));
        push_matmul(
            out,
            rows,
            weights.matrix("gate_up", layer),
            s.normed,
            s.gated,
            Epilogue::Swiglu,
        );
        push_matmul(
            out,
            rows,
            weights.matrix("down", layer),
            s.gated,
            s.x,
            Epilogue::Add,
        );
    }

    fn norm(&self, rows: u32, x: BufferId, gain: BufferId, y: BufferId) -> RmsNorm {
        RmsNorm {
            params: rms_norm::Params {
                dim: self.spec.hidden as u32,
                eps: self.spec.eps,
            },
            rows,
            x,
            gain,
            y,
            record_rows: None,
        }
    }

    fn rope(
        &self,
        inputs: &Inputs,
        qkv: BufferId,
        store: BufferId,
        gains: Option<BufferId>,
    ) -> Rope {
        let spec = &self.spec;
        let heads = spec.query_heads + 2 * spec.key_heads;
        Rope {
            params: rope::Params {
                query_heads: spec.query_heads as u32,
                key_heads: spec.key_heads as u32,
                head_dim: spec.head_dim as u32,
                stride: (heads * spec.head_dim) as u32,
                eps: spec.eps,
            },
            rows: inputs.rows,
            qkv,
            positions: inputs.positions,
            rotations: inputs.rotations,
            slots: inputs.slots,
            store,
            gains,
        }
    }

    fn attention(&self, inputs: &Inputs, s: &Scratch, store: BufferId) -> Attention {
        let spec = &self.spec;
        Attention {
            params: attention::Params {
                rows: inputs.rows,
                keys: inputs.keys,
                query_heads: spec.query_heads as u32,
                key_heads: spec.key_heads as u32,
                head_dim: spec.head_dim as u32,
                scale: 1.0 / (spec.head_dim as f32).sqrt(),
            },
            qkv: s.qkv,
            store,
            classes: inputs.classes,
            key_classes: inputs.key_classes,
            blind: inputs.blind,
            out: s.attended,
        }
    }
}

/// Appends the product of `x` `[rows, columns]` with every shard of `weight`.
pub fn push_matmul(
    out: &mut Recording,
    rows: u32,
    weight: &Matrix,
    x: BufferId,
    y: BufferId,
    epilogue: Epilogue,
) {
    let halves = u32::from(epilogue == Epilogue::Swiglu) + 1;
    for shard in &weight.shards {
        out.push(MatmulTile {
            params: matmul_tile::Params {
                rows,
                quads: weight.columns / 4,
                columns: shard.rows,
                first_column: shard.first_row,
                y_stride: weight.rows / halves,
                scale_offset: shard.scale_offset,
            },
            format: weight.format,
            epilogue,
            x,
            weight: shard.buffer,
            y,
        });
    }
}

fn push_embed(out: &mut Recording, inputs: &Inputs, weight: &Matrix, x: BufferId) {
    for shard in &weight.shards {
        out.push(Embed {
            params: embed::Params {
                quads: weight.columns / 4,
                first_id: shard.first_row,
                shard_rows: shard.rows,
                scale_offset: shard.scale_offset,
            },
            format: weight.format,
            rows: inputs.rows,
            ids: inputs.ids,
            weight: shard.buffer,
            x,
        });
    }
}

impl Architecture for Llama {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn parameters(&self) -> Vec<Parameter> {
        let spec = &self.spec;
        let single = |role, tensor: &str, shape| Parameter {
            name: (role, None),
            assembly: Assembly::Stacked(vec![tensor.to_owned()]),
            shape,
        };
        let vocabulary = Shape::Matrix(spec.vocabulary, spec.hidden);
        let mut parameters = vec![single("embedding", "model.embed_tokens.weight", vocabulary)];
        parameters.extend((0..spec.layers).flat_map(|layer| layer_parameters(spec, layer)));
        parameters.push(single(
            "final_norm",
            "model.norm.weight",
            Shape::Vector(spec.hidden),
        ));
        if !spec.tied_head {
            parameters.push(single("head", "lm_head.weight", vocabulary));
        }
        parameters
    }

    fn record(
        &self,
        inputs: &Inputs,
        stores: &[BufferId],
        weights: &Weights,
        ids: &mut BufferIds,
        recording: &mut Recording,
    ) -> BufferId {
        let spec = &self.spec;
        let rows = inputs.rows as usize;
        let attended = spec.query_heads * spec.head_dim;
        let qkv = attended + 2 * spec.key_heads * spec.head_dim;
        let mut buffer = |name, words: usize| recording.buffer(ids, name, rows * words);
        let scratch = Scratch {
            x: buffer("x", spec.hidden),
            normed: buffer("normed", spec.hidden),
            qkv: buffer("qkv", qkv),
            attended: buffer("attended", attended),
            gated: buffer("gated", spec.ffn),
        };
        push_embed(
            recording,
            inputs,
            weights.matrix("embedding", None),
            scratch.x,
        );
        for (layer, store) in (0..spec.layers).zip(stores) {
            self.record_attention((layer, *store), inputs, weights, &scratch, recording);
            self.record_ffn(layer, inputs, weights, &scratch, recording);
        }
        scratch.x
    }
}
