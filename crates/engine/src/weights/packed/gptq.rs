//! GPTQ: `w[n, k] = scales[g, n] * (q - z)`, g the group of input k.
//!
//! `qweight` i32 `[K / 8, N]` packs along the inputs: word k / 8, bits 4 (k % 8). `qzeros` i32
//! `[K / G, N / 8]` packs along the outputs. The first format stores z - 1. `g_idx` i32 `[K]` names
//! the group of each input, in no order where weights were packed by activation (`desc_act`).
//! Source: the GPTQModel and AutoGPTQ projects.

use std::ops::Range;

use super::{
    Numbers, Packed, Packing, Settings, Shape, Tensors, check_shape, is_floats, is_words, part,
};
use crate::weights::tensor_info::TensorInfo;
use crate::{Error, Result};

/// The weight `stem` and its shape.
///
/// # Errors
/// `missing_tensor`, `bad_file` when the parts do not fit together.
pub(super) fn find(
    tensors: &mut Tensors,
    stem: &str,
    settings: &Settings,
) -> Result<(Packed, (usize, usize))> {
    let bits = settings.bits()?;
    let quants = part(tensors, stem, "qweight", is_words)?;
    let zeros = part(tensors, stem, "qzeros", is_words)?;
    let scales = part(tensors, stem, "scales", is_floats)?;
    let groups = match tensors.contains_key(&format!("{stem}.g_idx")) {
        true => Some(part(tensors, stem, "g_idx", is_words)?),
        false => None,
    };
    let (outputs, inputs) = (quants.columns(), quants.rows().saturating_mul(32 / bits));
    let group = settings.group(stem, inputs)?;
    let count = inputs.div_ceil(group);
    check_shape(&quants, [inputs / (32 / bits), outputs])?;
    check_shape(&scales, [count, outputs])?;
    check_shape(&zeros, [count, outputs.div_ceil(32 / bits)])?;
    if let Some(groups) = groups.as_ref().filter(|groups| groups.shape != [inputs]) {
        return Err(Error::bad_file(format!(
            "tensor {:?} is {:?}, but the weight has {inputs} inputs",
            groups.name, groups.shape
        )));
    }
    let packed = Packed {
        packing: Packing::Gptq,
        bits,
        group,
        zero_offset: u32::from(!settings.is_second_format()),
        quants,
        scales,
        zeros,
        groups,
    };
    Ok((packed, (outputs, inputs)))
}

/// Refuses a group that has no scale.
pub(super) fn check_groups(quants: &TensorInfo, numbers: &Numbers, shape: &Shape) -> Result<()> {
    let count = shape.inputs.div_ceil(shape.group);
    match numbers
        .groups
        .iter()
        .find(|&&group| group as usize >= count)
    {
        None => Ok(()),
        Some(group) => Err(Error::bad_file(format!(
            "{}: the groups of {:?} name group {group}, but it has {count}",
            quants.file, quants.name
        ))),
    }
}

pub(super) fn unpack(
    numbers: &Numbers,
    shape: &Shape,
    zero_offset: u32,
    rows: Range<usize>,
    out: &mut Vec<f32>,
) {
    let per_word = shape.per_word();
    let words = shape.outputs.div_ceil(per_word);
    for n in rows {
        out.extend((0..shape.inputs).map(|k| {
            let group = match numbers.groups.get(k) {
                Some(group) => *group as usize,
                None => k / shape.group,
            };
            let quant = numbers.quants[k / per_word * shape.outputs + n];
            let zero = numbers.zeros[group * words + n / per_word];
            let quant = shape.quant(quant, k % per_word) as f32;
            let zero = (shape.quant(zero, n % per_word) + zero_offset) as f32;
            numbers.scales[group * shape.outputs + n] * (quant - zero)
        }));
    }
}
