//! The recorder of every transformer: which kernels a forward calls, in which order.
//!
//! A family's file says what its parameters are; those that only some families have (biases,
//! QK-norm) are used where they were listed. What cannot be seen from the parameters is the
//! [`Form`].

mod experts;
mod layered;
mod noise;
mod push;

pub use push::push_matmul;

use experts::{Routed, record_experts};
use noise::Noise;
use push::{push_embed, push_residual};

use super::parameter::{Parameter, Weights};
use super::spec::ModelSpec;
use super::{Architecture, HeadRows, Inputs, LayerWork, LocalInputs};
use crate::error::{Error, Result};
use crate::kernels::attention::{self, Attention, MAX_HEAD_DIM, Sight};
use crate::kernels::matmul_tile::Epilogue;
use crate::kernels::norm::{self, Norm, NormKind};
use crate::kernels::rope::{self, Rope};
use crate::recording::{BufferId, BufferIds, Recording};

/// What the parameters do not show.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Which norm.
    pub norm: NormKind,
    /// Where in a layer it is.
    pub norm_place: NormPlace,
    /// What lies between the two products of the feed-forward network.
    pub activation: Activation,
}

/// Where the norms of a layer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormPlace {
    /// Before attention and before the feed-forward network; the sum of all is normed at the end.
    Before,
    /// Behind them, over the sum (BERT). The last one is the final norm.
    Behind,
}

/// What lies between the two products of a feed-forward network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `silu(gate) * up`, of a weight whose rows alternate.
    Swiglu,
    /// `gelu(gate) * up`, of a weight whose rows alternate.
    Geglu,
    /// `gelu(up + bias)`
    Gelu,
    /// As `Gelu`, by GPT-2's approximation.
    GeluTanh,
}

impl Activation {
    fn epilogue(self, weights: &Weights, layer: Option<usize>) -> Epilogue {
        match self {
            Self::Swiglu => Epilogue::Swiglu,
            Self::Geglu => Epilogue::Geglu,
            Self::Gelu => Epilogue::Gelu(weights.vector("up_bias", layer)),
            Self::GeluTanh => Epilogue::GeluTanh(weights.vector("up_bias", layer)),
        }
    }
}

impl Form {
    /// RMSNorm before each half, SwiGLU.
    pub const LLAMA: Self = Self {
        norm: NormKind::Rms,
        norm_place: NormPlace::Before,
        activation: Activation::Swiglu,
    };
}

/// A transformer of one checkpoint.
pub struct Transformer {
    spec: ModelSpec,
    parameters: Vec<Parameter>,
    form: Form,
}

impl Transformer {
    /// Checks that the kernels can run these shapes.
    ///
    /// # Errors
    /// `unsupported_model` naming the size that does not fit.
    pub fn new(spec: ModelSpec, parameters: Vec<Parameter>, form: Form) -> Result<Self> {
        check_shapes(&spec)?;
        Ok(Self {
            spec,
            parameters,
            form,
        })
    }
}

fn refuse<T>(what: &str) -> Result<T> {
    Err(Error::unsupported(format!("{what} is not supported")))
}

fn check_shapes(spec: &ModelSpec) -> Result<()> {
    let ModelSpec {
        query_heads,
        key_heads,
        head_dim,
        ..
    } = *spec;
    if !query_heads.is_multiple_of(key_heads) {
        return refuse(&format!(
            "dividing {query_heads} query heads among {key_heads} key heads"
        ));
    }
    if !head_dim.is_multiple_of(4) || head_dim == 0 || head_dim > MAX_HEAD_DIM as usize {
        return refuse(&format!(
            "a head dimension of {head_dim} (a multiple of 4 and at most {MAX_HEAD_DIM} is)"
        ));
    }
    for (name, size) in [
        ("a hidden size", spec.hidden),
        ("a feed-forward size", spec.ffn),
        ("an attention width", spec.attended()),
    ] {
        if !size.is_multiple_of(4) {
            return refuse(&format!("{name} of {size} (a multiple of 4 is)"));
        }
    }
    Ok(())
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
    /// What mixtures of experts need beside.
    routed: Option<Routed>,
    /// What the noise level makes of the network, where it is told.
    noise: Option<Noise>,
}

impl Transformer {
    fn scratch(
        &self,
        inputs: &Inputs,
        weights: &Weights,
        ids: &mut BufferIds,
        recording: &mut Recording,
    ) -> Scratch {
        let (spec, rows) = (&self.spec, inputs.rows as usize);
        let mut buffer = |name, words: usize| recording.buffer(ids, name, rows * words);
        let shared = spec.experts.map_or(0, |experts| experts.shared_ffn);
        Scratch {
            x: buffer("x", spec.hidden),
            normed: buffer("normed", spec.hidden),
            qkv: buffer("qkv", spec.projected()),
            attended: buffer("attended", spec.attended()),
            gated: buffer("gated", spec.ffn.max(shared)),
            routed: spec
                .experts
                .map(|experts| Routed::new(&experts, &mut buffer)),
            noise: noise::record(inputs.noise_level, weights, ids, recording),
        }
    }

    /// Embeds the tokens into `s.x`.
    fn record_embedding(
        &self,
        inputs: &Inputs,
        weights: &Weights,
        s: &Scratch,
        out: &mut Recording,
    ) {
        let norm = weights.optional_vector("embedding_norm", None);
        let x = if norm.is_some() { s.normed } else { s.x };
        push_embed(
            out,
            inputs,
            inputs.ids,
            weights.matrix("embedding", None),
            x,
        );
        if let Some(prefix) = weights.matrices.get(&("prefix", None)) {
            push_embed(out, inputs, inputs.ids, prefix, x);
        }
        if let Some(positions) = weights.matrices.get(&("positions", None)) {
            push_embed(out, inputs, inputs.positions, positions, x);
        }
        if let Some(gain) = norm {
            out.push(self.norm(inputs.rows, x, gain, s.x));
        }
    }

    /// Adds attention over `x`.
    fn record_attention(
        &self,
        at: (usize, BufferId),
        inputs: &Inputs,
        weights: &Weights,
        s: &Scratch,
        out: &mut Recording,
    ) {
        self.record_projection(at.0, inputs.rows, weights, s, out);
        self.record_attended(at, inputs, weights, s, out);
    }

    /// Projects `x`, which is normed before where the family does so, to queries, keys and values.
    fn record_projection(
        &self,
        layer: usize,
        rows: u32,
        weights: &Weights,
        s: &Scratch,
        out: &mut Recording,
    ) {
        let layer = Some(layer);
        let gain = noise::vector(s.noise, weights, ("attention_norm", layer), out);
        let mut x = s.x;
        // The first layer of ModernBERT has no norm: the embedding's has just been.
        if let (NormPlace::Before, Some(gain)) = (self.form.norm_place, gain) {
            out.push(self.norm(rows, s.x, gain, s.normed));
            x = s.normed;
        }
        let bias = weights.optional_vector("qkv_bias", layer);
        let epilogue = bias.map_or(Epilogue::Store, Epilogue::Bias);
        push_matmul(out, rows, weights.matrix("qkv", layer), x, s.qkv, epilogue);
    }

    /// Adds what the projected rows attend to.
    fn record_attended(
        &self,
        (index, store): (usize, BufferId),
        inputs: &Inputs,
        weights: &Weights,
        s: &Scratch,
        out: &mut Recording,
    ) {
        let layer = Some(index);
        let gains = weights.optional_vector("qk_norm", layer);
        out.push(self.rope(index, inputs, s.qkv, store, gains));
        out.push(self.attention(index, inputs, s, store));
        let affine = noise::vector(s.noise, weights, ("o_affine", layer), out);
        let o = weights.matrix("o", layer);
        push_residual(out, inputs.rows, (o, affine), s.attended, s.x);
    }

    /// Adds the feed-forward network; returns the buffer of the sum.
    fn record_ffn(
        &self,
        layer: usize,
        rows: u32,
        weights: &Weights,
        s: &Scratch,
        out: &mut Recording,
    ) -> BufferId {
        let is_last = layer + 1 == self.spec.layers;
        let layer = Some(layer);
        let before = self.form.norm_place == NormPlace::Before;
        let norm = if before { "ffn_norm" } else { "attention_norm" };
        let gain = noise::vector(s.noise, weights, (norm, layer), out);
        let gain = gain.expect("every layer has a norm here");
        out.push(self.norm(rows, s.x, gain, s.normed));
        let sum = if before { s.x } else { s.normed };
        if let (Some(experts), Some(routed)) = (&self.spec.experts, &s.routed) {
            record_experts((experts, layer), rows, weights, s.normed, routed, sum, out);
        }
        // The expert that serves all rows is a plain network beside the others.
        if let Some(up) = weights.matrices.get(&("up", layer)) {
            let activation = self.form.activation.epilogue(weights, layer);
            push_matmul(out, rows, up, s.normed, s.gated, activation);
            let affine = noise::vector(s.noise, weights, ("down_affine", layer), out);
            let down = weights.matrix("down", layer);
            push_residual(out, rows, (down, affine), s.gated, sum);
        }
        if !before && !is_last {
            let gain = weights.vector("ffn_norm", layer);
            out.push(self.norm(rows, s.normed, gain, s.x));
        }
        sum
    }

    fn norm(&self, rows: u32, x: BufferId, gain: BufferId, y: BufferId) -> Norm {
        Norm {
            params: norm::Params {
                dim: self.spec.hidden as u32,
                eps: self.spec.eps,
            },
            kind: self.form.norm,
            rows,
            x,
            gain,
            y,
            record_rows: None,
        }
    }

    /// What a layer reads that sees only what is near.
    fn local_inputs(&self, layer: usize, inputs: &Inputs) -> Option<LocalInputs> {
        let is_local = self.spec.local.is_some_and(|local| local.holds_for(layer));
        inputs.local.filter(|_| is_local)
    }

    /// What the layer sees of what classes allow, and how far.
    fn sight(&self, layer: usize, inputs: &Inputs) -> (Option<Sight>, u32) {
        let local = self.local_inputs(layer, inputs);
        let reach = match (local, self.spec.local) {
            (Some(_), Some(local)) => local.reach,
            _ => u32::MAX,
        };
        let near = local.map(|local| Sight::Near {
            positions: inputs.positions,
            key_positions: local.key_positions,
        });
        let branches = inputs.branches.map(|branches| Sight::Branches {
            rows: branches.rows,
            keys: branches.keys,
        });
        (branches.or(near), reach)
    }

    fn rope(
        &self,
        layer: usize,
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
            rotations: self
                .local_inputs(layer, inputs)
                .map_or(inputs.rotations, |local| local.rotations),
            slots: inputs.slots,
            store,
            gains,
            kv: inputs.kv,
        }
    }

    fn attention(&self, layer: usize, inputs: &Inputs, s: &Scratch, store: BufferId) -> Attention {
        let spec = &self.spec;
        let (sight, reach) = self.sight(layer, inputs);
        Attention {
            params: attention::Params {
                rows: inputs.rows,
                keys: inputs.keys,
                query_heads: spec.query_heads as u32,
                key_heads: spec.key_heads as u32,
                head_dim: spec.head_dim as u32,
                scale: 1.0 / (spec.head_dim as f32).sqrt(),
                reach,
            },
            qkv: s.qkv,
            store,
            classes: inputs.classes,
            key_classes: inputs.key_classes,
            blind: inputs.blind,
            out: s.attended,
            sight,
            kv: inputs.kv,
        }
    }
}

impl Architecture for Transformer {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.parameters.clone()
    }

    fn record(
        &self,
        inputs: &Inputs,
        stores: &[BufferId],
        weights: &Weights,
        ids: &mut BufferIds,
        recording: &mut Recording,
    ) -> BufferId {
        let scratch = self.scratch(inputs, weights, ids, recording);
        self.record_embedding(inputs, weights, &scratch, recording);
        let mut sum = scratch.x;
        for (layer, store) in (0..self.spec.layers).zip(stores) {
            self.record_attention((layer, *store), inputs, weights, &scratch, recording);
            sum = self.record_ffn(layer, inputs.rows, weights, &scratch, recording);
        }
        sum
    }

    fn record_layered(
        &self,
        places: (&Inputs, &[BufferId]),
        work: LayerWork,
        weights: &Weights,
        ids: &mut BufferIds,
        recording: &mut Recording,
    ) -> BufferId {
        self.record_by_layers(places, work, weights, ids, recording)
    }

    fn record_head_input(
        &self,
        x: BufferId,
        rows: HeadRows,
        weights: &Weights,
        ids: &mut BufferIds,
        recording: &mut Recording,
    ) -> BufferId {
        let count = rows.count as u32;
        let mut buffer = |name| recording.buffer(ids, name, rows.count * self.spec.hidden);
        let normed = buffer("head input");
        let dense = weights.matrices.get(&("head_dense", None));
        let transformed = dense.map(|dense| (dense, buffer("head dense"), buffer("head normed")));
        let noise = noise::record(rows.noise_level, weights, ids, recording);
        let gain = noise::vector(noise, weights, ("final_norm", None), recording);
        recording.push(Norm {
            record_rows: rows.gather,
            ..self.norm(count, x, gain.expect("a final norm is listed"), normed)
        });
        let Some((dense, hidden, output)) = transformed else {
            return normed;
        };
        let gelu = Epilogue::Gelu(weights.vector("head_dense_bias", None));
        push_matmul(recording, count, dense, normed, hidden, gelu);
        let gain = weights.vector("head_norm", None);
        recording.push(self.norm(count, hidden, gain, output));
        output
    }
}
