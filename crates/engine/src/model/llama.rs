//! The Llama/Qwen block, bidirectional: RMSNorm, rotary grouped-query attention with optional
//! QK-norm and QKV bias, SwiGLU or a mixture of such experts (Touvron et al. 2023, arXiv 2302.13971; Qwen3, arXiv 2505.09388).

mod dialect;
mod facts;
mod mixture;

use std::ops::Range;

pub use dialect::{
    DIFFULLAMA, Dialect, LLADA, LLADA_MOE, LLADA2, LLAMA, NEMOTRON, QWEN3_MOE, SMDM,
};

use dialect::Qkv;

use super::folder::Folder;
use super::names::{input, one};
use super::parameter::{Parameter, Shape};
use super::positions::Positions;
use super::registry::Family;
use super::spec::ModelSpec;
use super::transformer::{Form, Transformer};
use crate::error::Result;
use crate::weights::Assembly;

/// The network of a checkpoint of the Llama/Qwen family.
///
/// # Errors
/// As [`super::detect`].
pub fn read(folder: &Folder, family: &Family, dialect: &Dialect) -> Result<Transformer> {
    let spec = facts::read(folder, family, dialect)?;
    let parameters = parameters(&spec, dialect);
    Transformer::new(spec, parameters, Form::LLAMA)
}

/// The tensor `name` of a layer.
fn of_layer(name: &str, layer: usize) -> String {
    name.replace("{}", &layer.to_string())
}

fn parameters(spec: &ModelSpec, dialect: &Dialect) -> Vec<Parameter> {
    let names = &dialect.names;
    let single = |role, tensor, shape| one((role, None), tensor, shape);
    let embedding = Shape::Matrix(spec.embedded, spec.hidden);
    let mut parameters = vec![single("embedding", names.embedding, embedding)];
    parameters.extend((0..spec.layers).flat_map(|layer| layer_parameters(spec, dialect, layer)));
    parameters.push(single(
        "final_norm",
        names.final_norm,
        Shape::Vector(spec.hidden),
    ));
    if !spec.tied_head {
        let head = Shape::Matrix(spec.vocabulary, spec.hidden);
        parameters.push(single("head", names.head, head));
    }
    parameters
}

fn layer_parameters(spec: &ModelSpec, dialect: &Dialect, layer: usize) -> Vec<Parameter> {
    let names = &dialect.names;
    let hidden = spec.hidden;
    let single = |role, tensor, shape| one((role, Some(layer)), of_layer(tensor, layer), shape);
    let norm = Shape::Vector(hidden);
    let output = Shape::Matrix(hidden, spec.attended());
    let mut parameters = vec![
        single("attention_norm", names.attention_norm, norm),
        single("o", names.output, output),
        single("ffn_norm", names.ffn_norm, norm),
    ];
    parameters.extend(qkv_parameters(spec, &names.qkv, layer));
    match (&spec.experts, dialect.mixture) {
        (Some(experts), Some(mixture)) if layer >= experts.dense_layers => {
            parameters.extend(mixture::parameters(spec, experts, mixture, layer));
        }
        _ => {
            let tensors = [names.gate, names.up, names.down].map(|name| of_layer(name, layer));
            parameters.extend(feed_forward(tensors, layer, hidden, spec.ffn));
        }
    }
    parameters
}

/// SwiGLU, of the tensors of gate, up and down.
fn feed_forward(
    [gate, up, down]: [String; 3],
    layer: usize,
    hidden: usize,
    ffn: usize,
) -> [Parameter; 2] {
    let pair = Assembly::Alternating(vec![[gate, up]]);
    let shape = Shape::Matrix(2 * ffn, hidden);
    [
        Parameter::stored(("up", Some(layer)), pair, shape),
        one(("down", Some(layer)), down, Shape::Matrix(hidden, ffn)),
    ]
}

fn qkv_parameters(spec: &ModelSpec, qkv: &Qkv, layer: usize) -> Vec<Parameter> {
    let rows = spec.projected();
    let matrix = Shape::Matrix(rows, spec.hidden);
    let stored = |role, assembly, shape| Parameter::stored((role, Some(layer)), assembly, shape);
    let (stems, gains) = match qkv {
        Qkv::Grouped(name) => {
            let grouped = grouped_rows(spec, of_layer(name, layer));
            return vec![stored("qkv", grouped, matrix)];
        }
        Qkv::Fused { tensor, gains } => return fused(spec, tensor, gains, layer).into(),
        Qkv::Separate { stems, gains } => (stems, gains),
    };
    let of_stems = |suffix: &str| {
        let names = stems.map(|stem| format!("{}{suffix}", of_layer(stem, layer)));
        Assembly::Stacked(names.to_vec())
    };
    let mut parameters = vec![stored("qkv", of_stems(".weight"), matrix)];
    if spec.qkv_bias {
        parameters.push(stored("qkv_bias", of_stems(".bias"), Shape::Vector(rows)));
    }
    if spec.qk_norm {
        let gains = gains.map(|name| of_layer(name, layer)).to_vec();
        let shape = Shape::Vector(2 * spec.head_dim);
        parameters.push(stored("qk_norm", Assembly::Stacked(gains), shape));
    }
    parameters
}

/// Queries, keys and values of one tensor. Where only the first numbers of a head turn, those of
/// queries and keys are put in an order in which each pair is half a head apart.
fn fused(spec: &ModelSpec, stem: &str, gains: &[&str; 2], layer: usize) -> [Parameter; 2] {
    let dim = spec.head_dim;
    let turning = match &spec.positions {
        Positions::Rotary(rotary) => rotary.turning(dim),
        Positions::Learned => dim,
    };
    // More key heads than query heads are refused afterwards; they would only make a long list.
    let key_heads = spec.key_heads.min(spec.query_heads);
    let turned = (spec.query_heads + key_heads) * dim;
    let heads = (0..turned).step_by(dim.max(1));
    let rows = heads.flat_map(|first| halves(first, turning, dim));
    let values = turned..turned + key_heads * dim;
    let rows = rows.chain(std::iter::once(values)).collect();
    let weight = Assembly::Reordered(of_layer(stem, layer), rows);
    let inputs = gains.map(|name| input(of_layer(name, layer), dim as u64));
    let reorder = move |inputs: &[Vec<f32>]| {
        let places = || halves(0, turning, dim).into_iter().flatten();
        let gain = |gain: &Vec<f32>| places().map(|place| gain[place]).collect::<Vec<_>>();
        inputs.iter().flat_map(gain).collect()
    };
    let shape = Shape::Vector(2 * dim);
    let name = |role| (role, Some(layer));
    [
        Parameter::stored(
            name("qkv"),
            weight,
            Shape::Matrix(spec.projected(), spec.hidden),
        ),
        Parameter::computed(name("qk_norm"), inputs.to_vec(), shape, reorder),
    ]
}

/// The rows of a head that begins at `first`: the first halves of what turns and of what does not,
/// then the second halves.
fn halves(first: usize, turning: usize, dim: usize) -> [Range<usize>; 4] {
    let (half, rest) = (turning / 2, (dim - turning) / 2);
    let [a, b, c, d] = [0, half, turning, turning + rest].map(|at| first + at);
    [a..a + half, c..c + rest, b..b + half, d..d + rest]
}

/// Queries, keys and values one behind the other, of rows that come a key head at a time.
fn grouped_rows(spec: &ModelSpec, tensor: String) -> Assembly {
    let dim = spec.head_dim;
    let queries = spec.query_heads / spec.key_heads * dim;
    // More key heads than query heads are refused afterwards; they would only make a long list.
    let key_heads = spec.key_heads.min(spec.query_heads);
    let group = queries + 2 * dim;
    let part = |first: usize, count: usize| {
        (0..key_heads).map(move |head| head * group + first..head * group + first + count)
    };
    let rows = part(0, queries)
        .chain(part(queries, dim))
        .chain(part(queries + dim, dim));
    Assembly::Reordered(tensor, rows.collect())
}
