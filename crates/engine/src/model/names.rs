//! Parameters that families of LayerNorm, biases and small tables share.

use super::parameter::{Parameter, ParameterName, Shape};
use super::spec::ModelSpec;
use crate::weights::Assembly;

/// A parameter that is one tensor.
pub fn one(name: ParameterName, tensor: impl Into<String>, shape: Shape) -> Parameter {
    Parameter::stored(name, Assembly::Stacked(vec![tensor.into()]), shape)
}

/// A tensor of `count` numbers that the host computes with.
pub fn input(tensor: impl Into<String>, count: u64) -> (Assembly, u64) {
    (Assembly::Stacked(vec![tensor.into()]), count)
}

/// Gain and offset of a LayerNorm over `dim` numbers, of the tensors `stem.weight` and `stem.bias`.
pub fn layer_norm(name: ParameterName, stem: &str, dim: usize) -> Parameter {
    spelled_layer_norm(name, stem, ["weight", "bias"], dim)
}

/// The same under other names: `stem.gamma` and `stem.beta`, as TensorFlow has it.
pub fn spelled_layer_norm(
    name: ParameterName,
    stem: &str,
    spelling: [&str; 2],
    dim: usize,
) -> Parameter {
    let names = spelling.map(|suffix| format!("{stem}.{suffix}"));
    let assembly = Assembly::Stacked(names.to_vec());
    Parameter::stored(name, assembly, Shape::Vector(2 * dim))
}

/// A LayerNorm without an offset.
pub fn unbiased_layer_norm(name: ParameterName, stem: &str, dim: usize) -> Parameter {
    let shape = Shape::Vector(2 * dim);
    let gain = format!("{stem}.weight");
    Parameter::computed(name, vec![input(gain, dim as u64)], shape, move |inputs| {
        let mut affine = inputs[0].clone();
        affine.resize(2 * dim, 0.0);
        affine
    })
}

/// The bias of a product that is added to the residual stream: factors of 1, then the bias.
pub fn residual_bias(name: ParameterName, tensor: String, dim: usize) -> Parameter {
    let shape = Shape::Vector(2 * dim);
    Parameter::computed(name, vec![input(tensor, dim as u64)], shape, |inputs| {
        let mut affine = vec![1.0; inputs[0].len()];
        affine.extend(&inputs[0]);
        affine
    })
}

/// A bias of `dim` numbers; 0 where the family has none.
pub fn bias_or_zero(name: ParameterName, tensor: Option<String>, dim: usize) -> Parameter {
    match tensor {
        Some(tensor) => one(name, tensor, Shape::Vector(dim)),
        None => Parameter::computed(name, Vec::new(), Shape::Vector(dim), move |_| {
            vec![0.0; dim]
        }),
    }
}

/// The head's matrix, unless it is the embedding.
pub fn head(spec: &ModelSpec, tensor: &str) -> Option<Parameter> {
    let shape = Shape::Matrix(spec.vocabulary, spec.hidden);
    (!spec.tied_head).then(|| one(("head", None), tensor, shape))
}
