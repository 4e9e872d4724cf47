//! The Llama/Qwen block, bidirectional: RMSNorm, rotary grouped-query attention with optional
//! QK-norm and QKV bias, SwiGLU (Touvron et al. 2023, arXiv 2302.13971; Qwen3, arXiv 2505.09388).

mod dialect;
mod facts;

pub use dialect::{DIFFULLAMA, Dialect, LLADA, LLAMA, NEMOTRON, SMDM};

use dialect::{Names, Qkv};

use super::folder::Folder;
use super::parameter::{Parameter, Shape};
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
    let parameters = parameters(&spec, &dialect.names);
    Transformer::new(spec, parameters, Form::LLAMA)
}

/// The tensor `name` of a layer.
fn of_layer(name: &str, layer: usize) -> String {
    name.replace("{}", &layer.to_string())
}

fn parameters(spec: &ModelSpec, names: &Names) -> Vec<Parameter> {
    let single = |role, tensor: &str, shape| {
        Parameter::stored(
            (role, None),
            Assembly::Stacked(vec![tensor.to_owned()]),
            shape,
        )
    };
    let embedding = Shape::Matrix(spec.embedded, spec.hidden);
    let mut parameters = vec![single("embedding", names.embedding, embedding)];
    parameters.extend((0..spec.layers).flat_map(|layer| layer_parameters(spec, names, layer)));
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

fn layer_parameters(spec: &ModelSpec, names: &Names, layer: usize) -> Vec<Parameter> {
    let stacked = |names: &[&str]| {
        Assembly::Stacked(names.iter().map(|name| of_layer(name, layer)).collect())
    };
    let gate_up = [names.gate, names.up].map(|name| of_layer(name, layer));
    let (hidden, ffn) = (spec.hidden, spec.ffn);
    let norm = Shape::Vector(hidden);
    let mut parameters = vec![
        ("attention_norm", stacked(&[names.attention_norm]), norm),
        (
            "o",
            stacked(&[names.output]),
            Shape::Matrix(hidden, spec.attended()),
        ),
        ("ffn_norm", stacked(&[names.ffn_norm]), norm),
        (
            "up",
            Assembly::Alternating(gate_up),
            Shape::Matrix(2 * ffn, hidden),
        ),
        ("down", stacked(&[names.down]), Shape::Matrix(hidden, ffn)),
    ];
    parameters.extend(qkv_parameters(spec, &names.qkv, layer));
    let named = |(role, assembly, shape)| Parameter::stored((role, Some(layer)), assembly, shape);
    parameters.into_iter().map(named).collect()
}

fn qkv_parameters(
    spec: &ModelSpec,
    qkv: &Qkv,
    layer: usize,
) -> Vec<(&'static str, Assembly, Shape)> {
    let rows = spec.projected();
    let matrix = Shape::Matrix(rows, spec.hidden);
    let (stems, gains) = match qkv {
        Qkv::Grouped(name) => {
            let grouped = grouped_rows(spec, of_layer(name, layer));
            return vec![("qkv", grouped, matrix)];
        }
        Qkv::Separate { stems, gains } => (stems, gains),
    };
    let of_stems = |suffix: &str| {
        let names = stems.map(|stem| format!("{}{suffix}", of_layer(stem, layer)));
        Assembly::Stacked(names.to_vec())
    };
    let mut parameters = vec![("qkv", of_stems(".weight"), matrix)];
    if spec.qkv_bias {
        parameters.push(("qkv_bias", of_stems(".bias"), Shape::Vector(rows)));
    }
    if spec.qk_norm {
        let gains = gains.map(|name| of_layer(name, layer)).to_vec();
        let shape = Shape::Vector(2 * spec.head_dim);
        parameters.push(("qk_norm", Assembly::Stacked(gains), shape));
    }
    parameters
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
