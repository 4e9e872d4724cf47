//! The header of a safetensors file, parsed as what it is: bytes from a stranger.
//!
//! Layout: `u64` header length (little endian), that many bytes of JSON starting with `{`, then
//! one data buffer that the tensors fill without gaps and without overlap.
//! Source: the safetensors format description.

mod entry;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};

use self::entry::{Dtype, Entry};
use super::dtype::SourceDtype;
use super::files::{Files, missing_file};
use super::tensor_info::{RowOrder, TensorInfo};
use super::whole_file::read_exactly;
use crate::{Error, Result};

/// Largest header, bytes: the bound of the format's own reader.
const LARGEST_HEADER: u64 = 100_000_000;

/// Longest tensor name, bytes. Names are quoted in errors, so they stay readable.
const LONGEST_NAME: usize = 1024;

/// Longest description of a bad header, bytes: it may quote what it found there.
const LONGEST_PROBLEM: usize = 2 * LONGEST_NAME;

/// Bytes of the length before the header.
const PREFIX: u64 = 8;

type Tensors = BTreeMap<String, TensorInfo>;

/// Reads the header of `file` and checks every claim in it against the file's size.
///
/// # Errors
/// `MissingFile` without such a file, `BadFile` when the header is not valid, and whatever
/// `files` reports.
pub(super) async fn read_header<F: Files>(files: &F, file: &str) -> Result<Tensors> {
    let size = files.size(file).await?.ok_or_else(|| missing_file(file))?;
    if size < PREFIX {
        return Err(bad(
            file,
            &format!("holds {size} bytes; a safetensors file has 8 or more"),
        ));
    }
    let prefix = read_exactly(files, file, 0, PREFIX).await?;
    let length = header_length(file, &prefix, size)?;
    let header = read_exactly(files, file, PREFIX, length).await?;
    parse_header(file, &header, size - PREFIX - length)
}

fn header_length(file: &str, prefix: &[u8], size: u64) -> Result<u64> {
    let length = prefix
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    if length > LARGEST_HEADER {
        let problem =
            format!("claims a header of {length} bytes; at most {LARGEST_HEADER} are allowed");
        return Err(bad(file, &problem));
    }
    if length > size - PREFIX {
        let problem = format!("claims a header of {length} bytes, but holds {size} in all");
        return Err(bad(file, &problem));
    }
    Ok(length)
}

/// The tensors of a header whose data buffer has `data_bytes` bytes.
fn parse_header(file: &str, header: &[u8], data_bytes: u64) -> Result<Tensors> {
    let text = std::str::from_utf8(header)
        .map_err(|error| bad(file, &format!("has a header that is not UTF-8: {error}")))?;
    if !text.starts_with('{') {
        return Err(bad(file, "has a header that does not begin with '{'"));
    }
    let data_start = PREFIX + header.len() as u64;
    let visitor = Header {
        file: file.into(),
        data_start,
        data_bytes,
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let tensors = json
        .deserialize_map(visitor)
        .and_then(|tensors| json.end().map(|()| tensors))
        .map_err(|error| {
            bad(
                file,
                &format!("has a bad header: {}", shorten(error.to_string())),
            )
        })?;
    check_layout(file, &tensors, data_start..data_start + data_bytes)?;
    Ok(tensors)
}

/// Builds the table while the JSON streams by, so that a duplicate key is seen.
struct Header {
    file: Arc<str>,
    data_start: u64,
    data_bytes: u64,
}

impl<'de> Visitor<'de> for Header {
    type Value = Tensors;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tensors, A::Error> {
        let mut tensors = Tensors::new();
        let mut has_metadata = false;
        while let Some(name) = map.next_key::<String>()? {
            if name.len() > LONGEST_NAME {
                let problem = format!("a tensor name is longer than {LONGEST_NAME} bytes");
                return Err(A::Error::custom(problem));
            }
            if name == "__metadata__" {
                if std::mem::replace(&mut has_metadata, true) {
                    return Err(A::Error::custom("\"__metadata__\" appears twice"));
                }
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let named = |problem: String| A::Error::custom(format!("tensor {name:?}: {problem}"));
            let entry: Entry = map
                .next_value()
                .map_err(|error: A::Error| named(error.to_string()))?;
            let info = self.check(&name, &entry).map_err(named)?;
            if tensors.contains_key(&name) {
                return Err(named("appears twice".into()));
            }
            tensors.insert(name, info);
        }
        Ok(tensors)
    }
}

impl Header {
    /// One tensor whose type, shape and offsets agree; else what is wrong.
    fn check(&self, name: &str, entry: &Entry) -> Result<TensorInfo, String> {
        let Entry {
            dtype: Dtype(dtype),
            shape,
            data_offsets: [begin, end],
        } = *entry;
        if begin > end || end > self.data_bytes {
            let held = self.data_bytes;
            return Err(format!(
                "data_offsets [{begin}, {end}] do not lie within the {held} bytes of data; is the \
                 file truncated?"
            ));
        }
        let dims = shape.dims();
        let wanted = bytes_of(dtype, dims)
            .ok_or_else(|| format!("{dtype} of shape {dims:?} is too large, or no whole bytes"))?;
        if wanted != end - begin {
            let got = end - begin;
            return Err(format!(
                "{dtype} of shape {dims:?} takes {wanted} bytes, but data_offsets [{begin}, {end}] \
                 span {got}"
            ));
        }
        Ok(TensorInfo {
            name: name.into(),
            dtype,
            shape: dims.iter().map(|&dim| dim as usize).collect(),
            file: Arc::clone(&self.file),
            offset: self.data_start + begin,
            bytes: wanted,
            order: RowOrder::Plain,
            packed: None,
        })
    }
}

/// Bytes of a tensor, or `None` when a product overflows, a row count is over `usize`, or
/// elements of less than a byte do not fill whole bytes.
fn bytes_of(dtype: SourceDtype, dims: &[u64]) -> Option<u64> {
    let (columns, outer) = dims.split_last().unwrap_or((&1, &[]));
    usize::try_from(*columns).ok()?;
    let mut rows = 1_usize;
    for dim in outer {
        rows = rows.checked_mul(usize::try_from(*dim).ok()?)?;
    }
    dtype.bytes((rows as u64).checked_mul(*columns)?)
}

/// The tensors must tile the data buffer: an overlap or a gap means that the header lies.
fn check_layout(file: &str, tensors: &Tensors, data: Range<u64>) -> Result<()> {
    let mut in_order: Vec<&TensorInfo> = tensors.values().collect();
    in_order.sort_unstable_by_key(|tensor| (tensor.offset, tensor.bytes));
    let mut filled = data.start;
    for tensor in in_order {
        let TensorInfo { name, offset, .. } = tensor;
        if *offset < filled {
            return Err(bad(
                file,
                &format!("has a bad header: tensor {name:?} overlaps another"),
            ));
        }
        if *offset > filled {
            let gap = offset - filled;
            let problem = format!("has a bad header: {gap} unused bytes before tensor {name:?}");
            return Err(bad(file, &problem));
        }
        filled += tensor.bytes;
    }
    if filled != data.end {
        let rest = data.end - filled;
        return Err(bad(
            file,
            &format!("holds {rest} bytes that belong to no tensor"),
        ));
    }
    Ok(())
}

fn shorten(mut problem: String) -> String {
    if problem.len() > LONGEST_PROBLEM {
        problem.truncate(problem.floor_char_boundary(LONGEST_PROBLEM));
        problem.push_str("...");
    }
    problem
}

fn bad(file: &str, problem: &str) -> Error {
    Error::bad_file(format!("{file} {problem}"))
}
