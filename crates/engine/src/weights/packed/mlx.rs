//! MLX, affine: `w[n, k] = scales[n, k / G] * q + biases[n, k / G]`.
//!
//! `weight` u32 `[N, K bits / 32]` packs along the inputs, the lowest bits first; `biases` are
//! offsets, not zeros. Embedding and head are packed as any other weight.
//! Source: the MLX project.

use super::{
    Numbers, Packed, Packing, Settings, Shape, Tensors, check_shape, is_floats, is_words, part,
};
use crate::{Error, Result};

/// The weight `stem` and its shape. Its bits follow from the shapes: modules may differ.
///
/// # Errors
/// `missing_tensor`, `bad_file` when the parts do not fit together; `unsupported_model` for bits
/// that do not divide a word evenly.
pub(super) fn find(
    tensors: &mut Tensors,
    stem: &str,
    settings: &Settings,
) -> Result<(Packed, (usize, usize))> {
    let quants = part(tensors, stem, "weight", is_words)?;
    let scales = part(tensors, stem, "scales", is_floats)?;
    let zeros = part(tensors, stem, "biases", is_floats)?;
    let (outputs, words) = (quants.rows(), quants.columns());
    let group = settings.group(stem, 0)?;
    let count = scales.columns();
    let inputs = count.saturating_mul(group);
    let bits = words.saturating_mul(32).checked_div(inputs).unwrap_or(0);
    if !matches!(bits, 2 | 4 | 8) {
        return Err(Error::unsupported(format!(
            "tensor {:?} has {bits} bits a weight (2, 4 and 8 are supported); use the original \
             weights",
            quants.name
        )));
    }
    check_shape(&quants, [outputs, inputs / (32 / bits)])?;
    check_shape(&scales, [outputs, count])?;
    check_shape(&zeros, [outputs, count])?;
    let packed = Packed {
        packing: Packing::Mlx,
        bits,
        group,
        zero_offset: 0,
        quants,
        scales,
        zeros,
        groups: None,
    };
    Ok((packed, (outputs, inputs)))
}

/// Unpacks rows of which `numbers` holds all.
pub(super) fn unpack(numbers: &Numbers, shape: &Shape, out: &mut Vec<f32>) {
    let per_word = shape.per_word();
    let rows = numbers.quants.chunks_exact(shape.inputs / per_word);
    let groups = shape.inputs / shape.group;
    let scales = numbers.scales.chunks_exact(groups);
    let offsets = numbers.offsets.chunks_exact(groups);
    for ((quants, scales), offsets) in rows.zip(scales).zip(offsets) {
        out.extend((0..shape.inputs).map(|k| {
            let quant = shape.quant(quants[k / per_word], k % per_word) as f32;
            scales[k / shape.group] * quant + offsets[k / shape.group]
        }));
    }
}
