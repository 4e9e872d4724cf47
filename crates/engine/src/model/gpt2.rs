//! GPT-2 (Radford et al. 2019) and DiffuGPT, which was made of it (arXiv 2410.17891): learned
//! positions, LayerNorm before each half, GELU by tanh, biases, weights stored `[in, out]`.

use super::folder::{Folder, Sizes};
use super::names::{head, layer_norm, one, residual_bias};
use super::parameter::{Parameter, Shape};
use super::positions::Positions;
use super::registry::Family;
use super::spec::ModelSpec;
use super::transformer::{Activation, Form, NormPlace, Transformer};
use crate::error::{Error, Result};
use crate::kernels::norm::NormKind;
use crate::weights::Assembly;

const FORM: Form = Form {
    norm: NormKind::Layer,
    norm_place: NormPlace::Before,
    activation: Activation::GeluTanh,
};

const SETTLED: &[(&str, &str)] = &[
    ("activation_function", "\"gelu_new\""),
    ("scale_attn_weights", "true"),
    ("scale_attn_by_inverse_layer_idx", "false"),
    ("add_cross_attention", "false"),
];

/// Where checkpoints keep the network: the embedding, and the start of the other names.
const PLACES: [(&str, &str); 3] = [
    ("embed_tokens.weight", "denoise_model."),
    ("transformer.wte.weight", "transformer."),
    ("wte.weight", ""),
];

/// The network of a GPT-2 checkpoint.
///
/// # Errors
/// As [`super::detect`].
pub fn read(folder: &Folder, family: &Family) -> Result<Transformer> {
    folder.settle(family.name, SETTLED)?;
    let place = PLACES.iter().find(|(name, _)| (folder.has_tensor)(name));
    let Some((embedding, prefix)) = place else {
        return Err(Error::unsupported(
            "the checkpoint holds none of the embeddings \"embed_tokens.weight\", \
             \"transformer.wte.weight\" and \"wte.weight\" that a GPT-2 has",
        ));
    };
    let spec = facts(folder, family)?;
    let parameters = parameters(&spec, embedding, prefix);
    Transformer::new(spec, parameters, FORM)
}

// ---- facts --------------------------------------------------------------------------------

fn facts(folder: &Folder, family: &Family) -> Result<ModelSpec> {
    let config = folder.config;
    let hidden = config.size("n_embd")?;
    let sizes = Sizes {
        hidden,
        layers: config.count("n_layer")?,
        heads: config.count("n_head")?,
        ffn: config.optional_size("n_inner")?.unwrap_or(4 * hidden),
        vocabulary: config.size("vocab_size")?,
        context: config.size("n_positions")?,
        eps: config.number("layer_norm_epsilon", 1e-5)?,
    };
    let tied = config.flag("tie_word_embeddings")?.unwrap_or(true);
    Ok(ModelSpec {
        positions: Positions::Learned,
        qkv_bias: true,
        tied_head: tied || !(folder.has_tensor)("lm_head.weight"),
        ..folder.spec(family, sizes)?
    })
}

// ---- parameters ---------------------------------------------------------------------------

fn parameters(spec: &ModelSpec, embedding: &str, prefix: &str) -> Vec<Parameter> {
    let (context, hidden) = (spec.context, spec.hidden);
    let mut parameters = vec![
        one(
            ("embedding", None),
            embedding,
            Shape::Matrix(spec.embedded, hidden),
        ),
        one(
            ("positions", None),
            format!("{prefix}wpe.weight"),
            Shape::Table(context, hidden),
        ),
        layer_norm(("final_norm", None), &format!("{prefix}ln_f"), hidden),
    ];
    parameters.extend(head(spec, "lm_head.weight"));
    parameters.extend((0..spec.layers).flat_map(|layer| layer_parameters(spec, prefix, layer)));
    parameters
}

fn layer_parameters(spec: &ModelSpec, prefix: &str, layer: usize) -> Vec<Parameter> {
    let (hidden, ffn) = (spec.hidden, spec.ffn);
    let tensor = |name: &str| format!("{prefix}h.{layer}.{name}");
    let named = |role| (role, Some(layer));
    let matrix = |role, name: &str, rows, columns| {
        let weight = Assembly::Transposed(tensor(name));
        Parameter::stored(named(role), weight, Shape::Matrix(rows, columns))
    };
    let bias = |role, name: &str, dim| one(named(role), tensor(name), Shape::Vector(dim));
    let residual = |role, name: &str| residual_bias(named(role), tensor(name), hidden);
    vec![
        layer_norm(named("attention_norm"), &tensor("ln_1"), hidden),
        matrix("qkv", "attn.c_attn.weight", 3 * hidden, hidden),
        bias("qkv_bias", "attn.c_attn.bias", 3 * hidden),
        matrix("o", "attn.c_proj.weight", hidden, hidden),
        residual("o_affine", "attn.c_proj.bias"),
        layer_norm(named("ffn_norm"), &tensor("ln_2"), hidden),
        matrix("up", "mlp.c_fc.weight", ffn, hidden),
        bias("up_bias", "mlp.c_fc.bias", ffn),
        matrix("down", "mlp.c_proj.weight", hidden, ffn),
        residual("down_affine", "mlp.c_proj.bias"),
    ]
}
