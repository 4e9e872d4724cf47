//! The list of tensors in a GGUF header, checked against the file's size.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::parser::{Parsed, Parser, bad};
use crate::weights::blocks::BlockType;
use crate::weights::dtype::SourceDtype;
use crate::weights::tensor_info::{RowOrder, TensorInfo};

/// Most dimensions of a tensor: the bound of ggml.
const MOST_DIMS: u32 = 4;

/// ggml's types that are not read, by number. A file that has one can still be listed.
const UNREAD: [(u32, &str, (u64, u64)); 24] = [
    (9, "Q8_1", (32, 36)),
    (10, "Q2_K", (256, 84)),
    (11, "Q3_K", (256, 110)),
    (15, "Q8_K", (256, 292)),
    (16, "IQ2_XXS", (256, 66)),
    (17, "IQ2_XS", (256, 74)),
    (18, "IQ3_XXS", (256, 98)),
    (19, "IQ1_S", (256, 50)),
    (20, "IQ4_NL", (32, 18)),
    (21, "IQ3_S", (256, 110)),
    (22, "IQ2_S", (256, 82)),
    (23, "IQ4_XS", (256, 136)),
    (24, "I8", (1, 1)),
    (25, "I16", (1, 2)),
    (26, "I32", (1, 4)),
    (27, "I64", (1, 8)),
    (28, "F64", (1, 8)),
    (29, "IQ1_M", (256, 56)),
    (34, "TQ1_0", (256, 54)),
    (35, "TQ2_0", (256, 66)),
    (39, "MXFP4", (32, 17)),
    (40, "NVFP4", (64, 36)),
    (41, "Q1_0", (128, 18)),
    (42, "Q2_0", (128, 34)),
];

/// A tensor as its header has it, before the place of the data is known.
pub(super) struct Entry<'a> {
    name: &'a str,
    /// Outermost first.
    shape: Vec<usize>,
    dtype: SourceDtype,
    /// Where it begins in the data.
    offset: u64,
    bytes: u64,
}

/// Parses `count` tensors.
pub(super) fn parse<'a>(parser: &mut Parser<'a>, count: u64) -> Parsed<Vec<Entry<'a>>> {
    let mut entries = Vec::new();
    for _ in 0..count {
        entries.push(parse_entry(parser)?);
    }
    Ok(entries)
}

fn parse_entry<'a>(parser: &mut Parser<'a>) -> Parsed<Entry<'a>> {
    let name = parser.name("a tensor name")?;
    let count = parser.u32()?;
    if count > MOST_DIMS {
        return bad(format!(
            "gives tensor {name:?} {count} dimensions; at most {MOST_DIMS} are allowed"
        ));
    }
    let mut dims = Vec::with_capacity(count as usize);
    for _ in 0..count {
        dims.push(parser.u64()?);
    }
    let number = parser.u32()?;
    let offset = parser.u64()?;
    let Some((dtype, block)) = dtype(number) else {
        return bad(format!("gives tensor {name:?} the unknown type {number}"));
    };
    // The file has the innermost dimension first.
    dims.reverse();
    let Some((shape, bytes)) = size(&dims, block) else {
        return bad(format!(
            "gives tensor {name:?} the shape {dims:?}, which is too large, or whose rows are no \
             whole blocks of {} {dtype} weights",
            block.0
        ));
    };
    Ok(Entry {
        name,
        shape,
        dtype,
        offset,
        bytes,
    })
}

/// The type of that number, and how many elements take how many bytes.
fn dtype(number: u32) -> Option<(SourceDtype, (u64, u64))> {
    let floats = [SourceDtype::F32, SourceDtype::F16, SourceDtype::BF16];
    let blocks = BlockType::ALL.into_iter().map(SourceDtype::Block);
    let mut read = floats.into_iter().chain(blocks);
    if let Some(dtype) = read.find(|dtype| dtype.ggml_id() == number) {
        let (elements, bytes) = dtype.block();
        return Some((dtype, (elements as u64, bytes as u64)));
    }
    let (_, word, block) = UNREAD.iter().find(|(unread, ..)| *unread == number)?;
    Some((SourceDtype::Other(word), *block))
}

/// Shape and bytes of a tensor of whole blocks along its rows; `None` when they are none, or a
/// product overflows.
fn size(dims: &[u64], (elements, bytes): (u64, u64)) -> Option<(Vec<usize>, u64)> {
    let columns = dims.last().copied().unwrap_or(1);
    if !columns.is_multiple_of(elements) {
        return None;
    }
    let shape = dims.iter().map(|&dim| usize::try_from(dim).ok());
    let shape: Vec<usize> = shape.collect::<Option<_>>()?;
    let outer = shape.split_last().map_or(&[][..], |(_, outer)| outer);
    let rows = outer
        .iter()
        .try_fold(1_usize, |rows, &dim| rows.checked_mul(dim))?;
    (rows as u64).checked_mul(columns)?;
    let row = (columns / elements).checked_mul(bytes)?;
    Some((shape, (rows as u64).checked_mul(row)?))
}

/// The tensors of `file`, whose data lies in `data`.
pub(super) fn place(
    file: &str,
    entries: Vec<Entry<'_>>,
    data: &Range<u64>,
    alignment: u64,
) -> Parsed<BTreeMap<String, TensorInfo>> {
    let file: Arc<str> = file.into();
    let room = data.end - data.start;
    let mut tensors = BTreeMap::new();
    for entry in entries {
        let Entry {
            name,
            offset,
            bytes,
            ..
        } = entry;
        if offset.checked_add(bytes).is_none_or(|end| end > room) {
            return bad(format!(
                "places tensor {name:?} at {offset} with {bytes} bytes, but holds {room} bytes of \
                 data; is it truncated?"
            ));
        }
        if !offset.is_multiple_of(alignment) {
            return bad(format!(
                "places tensor {name:?} at {offset}, which is no multiple of {alignment}"
            ));
        }
        let info = TensorInfo {
            name: name.to_owned(),
            dtype: entry.dtype,
            shape: entry.shape,
            file: Arc::clone(&file),
            offset: data.start + offset,
            bytes,
            order: RowOrder::Plain,
            packed: None,
        };
        if tensors.insert(name.to_owned(), info).is_some() {
            return bad(format!("has two tensors {name:?}"));
        }
    }
    check_overlap(&tensors)?;
    Ok(tensors)
}

/// Gaps are padding; an overlap means that the header lies.
fn check_overlap(tensors: &BTreeMap<String, TensorInfo>) -> Parsed<()> {
    let mut in_order: Vec<&TensorInfo> = tensors.values().collect();
    in_order.sort_unstable_by_key(|tensor| (tensor.offset, tensor.bytes));
    for pair in in_order.windows(2) {
        if pair[0].offset + pair[0].bytes > pair[1].offset {
            return bad(format!(
                "lets tensors {:?} and {:?} overlap",
                pair[0].name, pair[1].name
            ));
        }
    }
    Ok(())
}
