//! AWQ ("gemm"): `w[n, k] = scales[k / G, n] * (q - z)`.
//!
//! `qweight` i32 `[K, N / 8]` and `qzeros` i32 `[K / G, N / 8]` pack along the outputs, eight to a
//! word in the order 0, 2, 4, 6, 1, 3, 5, 7: nibble p of word c is output 8 c + order[p].
//! Source: the AutoAWQ project.

use std::ops::Range;

use super::{
    Numbers, Packed, Packing, Settings, Shape, Tensors, check_shape, is_floats, is_words, part,
};
use crate::{Error, Result};

/// The nibble in which output 8 c + i of word c lies.
const PLACES: [usize; 8] = [0, 4, 1, 5, 2, 6, 3, 7];

/// The weight `stem` and its shape.
///
/// # Errors
/// `missing_tensor`, `bad_file` when the parts do not fit together; `unsupported_model` for other
/// than 4 bits.
pub(super) fn find(
    tensors: &mut Tensors,
    stem: &str,
    settings: &Settings,
) -> Result<(Packed, (usize, usize))> {
    let bits = settings.bits()?;
    if bits != 4 {
        return Err(Error::unsupported(format!(
            "AWQ with {bits} bits is not supported (4 are); use the original weights"
        )));
    }
    let quants = part(tensors, stem, "qweight", is_words)?;
    let zeros = part(tensors, stem, "qzeros", is_words)?;
    let scales = part(tensors, stem, "scales", is_floats)?;
    let (inputs, words) = (quants.rows(), quants.columns());
    let outputs = words.saturating_mul(PLACES.len());
    let group = settings.group(stem, inputs)?;
    let count = inputs.div_ceil(group);
    check_shape(&quants, [inputs, words])?;
    check_shape(&scales, [count, outputs])?;
    check_shape(&zeros, [count, words])?;
    let packed = Packed {
        packing: Packing::Awq,
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

pub(super) fn unpack(numbers: &Numbers, shape: &Shape, rows: Range<usize>, out: &mut Vec<f32>) {
    let words = shape.outputs / PLACES.len();
    for n in rows {
        let (word, place) = (n / PLACES.len(), PLACES[n % PLACES.len()]);
        out.extend((0..shape.inputs).map(|k| {
            let group = k / shape.group;
            let quant = shape.quant(numbers.quants[k * words + word], place) as f32;
            let zero = shape.quant(numbers.zeros[group * words + word], place) as f32;
            numbers.scales[group * shape.outputs + n] * (quant - zero)
        }));
    }
}
