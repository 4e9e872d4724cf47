//! ModernBERT (Warner et al. 2024, arXiv 2412.13663): LayerNorm before each half, rotary attention
//! that is local in two of three layers, GeGLU, a dense layer before the head.

use super::folder::{Folder, Sizes};
use super::names::{bias_or_zero, head, layer_norm, one, unbiased_layer_norm};
use super::parameter::{Parameter, ParameterName, Shape};
use super::positions::{Positions, Rotary, at_least_one};
use super::registry::Family;
use super::spec::{Local, ModelSpec};
use super::transformer::{Activation, Form, NormPlace, Transformer};
use crate::error::{Error, Result};
use crate::kernels::norm::NormKind;
use crate::weights::Assembly;

const FORM: Form = Form {
    norm: NormKind::Layer,
    norm_place: NormPlace::Before,
    activation: Activation::Geglu,
};

const SETTLED: &[(&str, &str)] = &[
    ("hidden_activation", "\"gelu\""),
    ("classifier_activation", "\"gelu\""),
    ("attention_bias", "false"),
    ("mlp_bias", "false"),
];

/// The network of a ModernBERT masked language model.
///
/// # Errors
/// As [`super::detect`].
pub fn read(folder: &Folder, family: &Family) -> Result<Transformer> {
    folder.settle(family.name, SETTLED)?;
    let spec = facts(folder, family)?;
    let parameters = parameters(&spec, folder.has_tensor);
    Transformer::new(spec, parameters, FORM)
}

// ---- facts --------------------------------------------------------------------------------

fn facts(folder: &Folder, family: &Family) -> Result<ModelSpec> {
    let config = folder.config;
    let sizes = Sizes {
        hidden: config.size("hidden_size")?,
        layers: config.count("num_hidden_layers")?,
        heads: config.count("num_attention_heads")?,
        ffn: config.size("intermediate_size")?,
        vocabulary: config.size("vocab_size")?,
        context: config.size("max_position_embeddings")?,
        eps: config.number("norm_eps", 1e-5)?,
    };
    let [everywhere, near] = thetas(folder)?;
    // The configuration gives the whole window, half of which lies on either side.
    let window = config.optional_size("local_attention")?.unwrap_or(128);
    let base = folder.spec(family, sizes)?;
    let mut stop_ids = base.stop_ids.clone();
    // What was trained to answer fills up the rest of its canvas with padding.
    stop_ids.extend(base.pad_id);
    Ok(ModelSpec {
        positions: Positions::Rotary(Rotary::plain(everywhere)),
        local: Some(Local {
            reach: window as u32 / 2,
            every: every(folder, base.layers)?,
            theta: near,
        }),
        tied_head: config.flag("tie_word_embeddings")?.unwrap_or(true),
        stop_ids,
        ..base
    })
}

/// Bases of the angles in global and in local layers; newer configurations nest them.
fn thetas(folder: &Folder) -> Result<[f64; 2]> {
    let nested = folder.config.object("rope_parameters")?;
    let theta = |kind: &str, name: &str, usual: f64| {
        let of_kind = match &nested {
            Some(nested) => nested.object(kind)?,
            None => None,
        };
        match of_kind {
            Some(nested) => at_least_one(&nested, "rope_theta", usual),
            None => at_least_one(folder.config, name, usual),
        }
    };
    Ok([
        theta("full_attention", "global_rope_theta", 160_000.0)?,
        theta("sliding_attention", "local_rope_theta", 10_000.0)?,
    ])
}

/// Every how many layers one sees all; newer configurations list the kind of each layer.
fn every(folder: &Folder, layers: usize) -> Result<usize> {
    let Some(types) = folder.config.get("layer_types") else {
        let stated = folder.config.optional_size("global_attn_every_n_layers")?;
        return Ok(stated.unwrap_or(3));
    };
    let types = types.as_array().map(Vec::as_slice).unwrap_or_default();
    let sees_all = |layer: usize| types.get(layer).is_some_and(|t| t == "full_attention");
    let every = (1..layers).find(|layer| sees_all(*layer)).unwrap_or(layers);
    match (0..layers).all(|layer| sees_all(layer) == layer.is_multiple_of(every)) {
        true if types.len() == layers => Ok(every),
        _ => Err(Error::unsupported(
            "\"layer_types\" is not supported: one layer in so many, the first among them, must \
             be of \"full_attention\", and the others of \"sliding_attention\"",
        )),
    }
}

// ---- parameters ---------------------------------------------------------------------------

fn parameters(spec: &ModelSpec, has_tensor: &dyn Fn(&str) -> bool) -> Vec<Parameter> {
    let (hidden, vocabulary) = (spec.hidden, spec.vocabulary);
    let norm = |role, stem: &str| norm((role, None), stem, hidden, has_tensor);
    let bias = |role, tensor: &str, dim| {
        let stored = has_tensor(tensor).then(|| tensor.to_owned());
        bias_or_zero((role, None), stored, dim)
    };
    let embedding = "model.embeddings.tok_embeddings.weight";
    let mut parameters = vec![
        one(
            ("embedding", None),
            embedding,
            Shape::Matrix(vocabulary, hidden),
        ),
        norm("embedding_norm", "model.embeddings.norm"),
        norm("final_norm", "model.final_norm"),
        one(
            ("head_dense", None),
            "head.dense.weight",
            Shape::Matrix(hidden, hidden),
        ),
        bias("head_dense_bias", "head.dense.bias", hidden),
        norm("head_norm", "head.norm"),
        bias("head_bias", "decoder.bias", vocabulary),
    ];
    parameters.extend(head(spec, "decoder.weight"));
    for layer in 0..spec.layers {
        parameters.extend(layer_parameters(spec, layer, has_tensor));
    }
    parameters
}

/// A LayerNorm with an offset where the checkpoint has one.
fn norm(
    name: ParameterName,
    stem: &str,
    dim: usize,
    has_tensor: &dyn Fn(&str) -> bool,
) -> Parameter {
    match has_tensor(&format!("{stem}.bias")) {
        true => layer_norm(name, stem, dim),
        false => unbiased_layer_norm(name, stem, dim),
    }
}

fn layer_parameters(
    spec: &ModelSpec,
    layer: usize,
    has_tensor: &dyn Fn(&str) -> bool,
) -> Vec<Parameter> {
    let (hidden, ffn) = (spec.hidden, spec.ffn);
    let tensor = |name: &str| format!("model.layers.{layer}.{name}");
    let named = |role| (role, Some(layer));
    let norm = |role, name: &str| norm(named(role), &tensor(name), hidden, has_tensor);
    let matrix = |role, name: &str, rows, columns| {
        one(named(role), tensor(name), Shape::Matrix(rows, columns))
    };
    let up = Assembly::Halves(tensor("mlp.Wi.weight"));
    let mut parameters = vec![
        matrix("qkv", "attn.Wqkv.weight", 3 * hidden, hidden),
        matrix("o", "attn.Wo.weight", hidden, hidden),
        norm("ffn_norm", "mlp_norm"),
        Parameter::stored(named("up"), up, Shape::Matrix(2 * ffn, hidden)),
        matrix("down", "mlp.Wo.weight", hidden, ffn),
    ];
    // The embedding's own norm stands for that of the first layer.
    if layer > 0 {
        parameters.push(norm("attention_norm", "attn_norm"));
    }
    parameters
}
