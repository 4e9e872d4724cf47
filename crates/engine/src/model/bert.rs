//! BERT (Devlin et al. 2018, arXiv 1810.04805): learned positions, LayerNorm behind each half, GELU,
//! biases everywhere, a dense layer before the head.

use super::folder::{Folder, Sizes};
use super::names::{bias_or_zero, head, input, one, residual_bias, spelled_layer_norm};
use super::parameter::{Parameter, Shape};
use super::positions::Positions;
use super::registry::Family;
use super::spec::ModelSpec;
use super::transformer::{Activation, Form, NormPlace, Transformer};
use crate::error::Result;
use crate::kernels::norm::NormKind;
use crate::weights::Assembly;

const FORM: Form = Form {
    norm: NormKind::Layer,
    norm_place: NormPlace::Behind,
    activation: Activation::Gelu,
};

const SETTLED: &[(&str, &str)] = &[
    ("hidden_act", "\"gelu\""),
    ("position_embedding_type", "\"absolute\""),
    ("is_decoder", "false"),
];

/// The network of a BERT masked language model.
///
/// # Errors
/// As [`super::detect`].
pub fn read(folder: &Folder, family: &Family) -> Result<Transformer> {
    folder.settle(family.name, SETTLED)?;
    let spec = facts(folder, family)?;
    let types = folder.config.optional_size("type_vocab_size")?;
    let names = Names {
        types: types.unwrap_or(2),
        // The oldest checkpoints were converted from TensorFlow.
        norm: match (folder.has_tensor)("bert.embeddings.LayerNorm.gamma") {
            true => ["gamma", "beta"],
            false => ["weight", "bias"],
        },
    };
    let parameters = parameters(&spec, names);
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
        eps: config.number("layer_norm_eps", 1e-12)?,
    };
    Ok(ModelSpec {
        positions: Positions::Learned,
        qkv_bias: true,
        tied_head: config.flag("tie_word_embeddings")?.unwrap_or(true),
        ..folder.spec(family, sizes)?
    })
}

// ---- parameters ---------------------------------------------------------------------------

/// What differs between checkpoints.
#[derive(Clone, Copy)]
struct Names {
    /// Rows of the table of token types.
    types: usize,
    /// What the gain and the offset of a norm are called.
    norm: [&'static str; 2],
}

fn parameters(spec: &ModelSpec, names: Names) -> Vec<Parameter> {
    let (hidden, vocabulary) = (spec.hidden, spec.vocabulary);
    let norm = |role, stem: &str| spelled_layer_norm((role, None), stem, names.norm, hidden);
    let last = format!("bert.encoder.layer.{}.output.LayerNorm", spec.layers - 1);
    let transform = "cls.predictions.transform";
    let mut parameters = vec![
        one(
            ("embedding", None),
            "bert.embeddings.word_embeddings.weight",
            Shape::Matrix(vocabulary, hidden),
        ),
        positions(spec, names.types),
        norm("embedding_norm", "bert.embeddings.LayerNorm"),
        norm("final_norm", &last),
        one(
            ("head_dense", None),
            format!("{transform}.dense.weight"),
            Shape::Matrix(hidden, hidden),
        ),
        one(
            ("head_dense_bias", None),
            format!("{transform}.dense.bias"),
            Shape::Vector(hidden),
        ),
        norm("head_norm", &format!("{transform}.LayerNorm")),
        bias_or_zero(
            ("head_bias", None),
            Some("cls.predictions.bias".to_owned()),
            vocabulary,
        ),
    ];
    parameters.extend(head(spec, "cls.predictions.decoder.weight"));
    parameters.extend((0..spec.layers).flat_map(|layer| layer_parameters(spec, names, layer)));
    parameters
}

/// The vector of each position, and that of the first token type, which every token has.
fn positions(spec: &ModelSpec, types: usize) -> Parameter {
    let (context, hidden) = (spec.context, spec.hidden);
    let tensor = |name: &str| format!("bert.embeddings.{name}_embeddings.weight");
    let table = |tensor, rows| input(tensor, rows as u64 * hidden as u64);
    let inputs = vec![
        table(tensor("position"), context),
        table(tensor("token_type"), types),
    ];
    let shape = Shape::Table(context, hidden);
    Parameter::computed(("positions", None), inputs, shape, move |inputs| {
        let first_type = inputs[1][..hidden].iter().cycle();
        let pairs = inputs[0].iter().zip(first_type);
        pairs.map(|(position, kind)| position + kind).collect()
    })
}

fn layer_parameters(spec: &ModelSpec, names: Names, layer: usize) -> Vec<Parameter> {
    let (hidden, ffn) = (spec.hidden, spec.ffn);
    let tensor = |name: &str| format!("bert.encoder.layer.{layer}.{name}");
    let named = |role| (role, Some(layer));
    let matrix = |role, stem: &str, rows, columns| {
        let name = tensor(&format!("{stem}.weight"));
        one(named(role), name, Shape::Matrix(rows, columns))
    };
    let qkv = |suffix: &str| {
        let names = ["query", "key", "value"];
        let names = names.map(|name| tensor(&format!("attention.self.{name}.{suffix}")));
        Assembly::Stacked(names.to_vec())
    };
    let (wide, biases) = (Shape::Matrix(3 * hidden, hidden), Shape::Vector(ffn));
    let residual = |role, stem: &str| {
        residual_bias(named(role), tensor(&format!("{stem}.dense.bias")), hidden)
    };
    let norm = |role, stem: &str| {
        let stem = tensor(&format!("{stem}.LayerNorm"));
        spelled_layer_norm(named(role), &stem, names.norm, hidden)
    };
    let mut parameters = vec![
        Parameter::stored(named("qkv"), qkv("weight"), wide),
        Parameter::stored(named("qkv_bias"), qkv("bias"), Shape::Vector(3 * hidden)),
        matrix("o", "attention.output.dense", hidden, hidden),
        residual("o_affine", "attention.output"),
        norm("attention_norm", "attention.output"),
        matrix("up", "intermediate.dense", ffn, hidden),
        one(named("up_bias"), tensor("intermediate.dense.bias"), biases),
        matrix("down", "output.dense", hidden, ffn),
        residual("down_affine", "output"),
    ];
    // That of the last layer is the final norm.
    if layer + 1 < spec.layers {
        parameters.push(norm("ffn_norm", "output"));
    }
    parameters
}
