//! Reading a GGUF header by ranges: as much of the file as it turns out to need.

use std::collections::BTreeMap;

use super::metadata::{Entries, Metadata};
use super::parser::{Parsed, Parser, Stop, bad};
use super::{names, parts, tensors};
use crate::weights::files::{Files, missing_file};
use crate::weights::tensor_info::TensorInfo;
use crate::weights::whole_file::read_exactly;
use crate::{Error, Result};

/// Largest header, bytes. Most of it is the tokenizer: the largest known take a tenth.
const LARGEST_HEADER: u64 = 128 << 20;

/// Bytes read first; each further read doubles what is there.
const FIRST_READ: u64 = 1 << 20;

/// Alignment of the data where the file names none.
const USUAL_ALIGNMENT: u64 = 32;

/// Most tensors and most entries: a hundred times what a model has. A name of no bytes still takes
/// memory.
const MOST_ENTRIES: u64 = 1 << 16;

/// Longest description of a bad header, bytes: it may quote what it found there.
const LONGEST_PROBLEM: usize = 2048;

/// What a header says; the tensors have llama.cpp's names.
pub(super) type Header = (Metadata, BTreeMap<String, TensorInfo>);

/// Reads the header of `file`, and those of the other parts where it is the first of several; gives
/// the tensors their checkpoint's names.
///
/// # Errors
/// As [`read_one`] and [`parts::read_others`].
pub(in crate::weights) async fn read_header<F: Files>(files: &F, file: &str) -> Result<Header> {
    let (metadata, mut tensors) = read_one(files, file).await?;
    parts::read_others(files, (file, &metadata), &mut tensors).await?;
    let tensors = names::checkpoint_names(file, &metadata, tensors)?;
    Ok((metadata, tensors))
}

/// Reads the header of `file` and checks every claim in it against the file's size.
///
/// # Errors
/// `MissingFile` without such a file, `BadFile` when the header is not valid, and whatever `files`
/// reports.
pub(super) async fn read_one<F: Files>(files: &F, file: &str) -> Result<Header> {
    let size = files.size(file).await?.ok_or_else(|| missing_file(file))?;
    let mut header = Vec::new();
    loop {
        let have = header.len() as u64;
        let want = size.min(FIRST_READ.max(have.saturating_mul(2)));
        header.extend(read_exactly(files, file, have, want - have).await?);
        match parse(file, &header, size) {
            Ok((entries, tensors, length)) => {
                header.truncate(length);
                return Ok((entries.with(header), tensors));
            }
            Err(Stop::NeedMore) if want < size => {}
            // The parser never waits for bytes beyond the end: this is the last word.
            Err(Stop::NeedMore) => return Err(problem(file, "is truncated")),
            Err(Stop::Bad(reason)) => return Err(problem(file, &reason)),
        }
    }
}

/// Entries, tensors, and the length of the header, from the first bytes of a file of `size` bytes.
fn parse(
    file: &str,
    bytes: &[u8],
    size: u64,
) -> Parsed<(Entries, BTreeMap<String, TensorInfo>, usize)> {
    let mut parser = Parser::new(bytes, size.min(LARGEST_HEADER));
    if &parser.array()? != b"GGUF" {
        return bad("does not begin with \"GGUF\"; it is no GGUF file");
    }
    let version = parser.u32()?;
    if (1..16).contains(&version.swap_bytes()) {
        return bad("is a big-endian GGUF file; convert the model to a little-endian one");
    }
    if !matches!(version, 2 | 3) {
        return bad(format!("has GGUF version {version}; 2 and 3 can be read"));
    }
    let (tensor_count, entry_count) = (parser.u64()?, parser.u64()?);
    if tensor_count.max(entry_count) > MOST_ENTRIES {
        return bad(format!(
            "claims {tensor_count} tensors and {entry_count} entries; at most {MOST_ENTRIES} of \
             each are allowed"
        ));
    }
    let entries = Entries::parse(&mut parser, entry_count)?;
    let alignment = match entries.has("general.alignment") {
        true => entries.whole(bytes, "general.alignment").unwrap_or(0),
        false => USUAL_ALIGNMENT,
    };
    if !alignment.is_power_of_two() || alignment > FIRST_READ {
        return bad("has a \"general.alignment\" that is no power of two up to 1048576");
    }
    let found = tensors::parse(&mut parser, tensor_count)?;
    let start = (parser.position() as u64).next_multiple_of(alignment);
    // A file without tensors may end where its header ends.
    let data = start.min(size)..size;
    let tensors = tensors::place(file, found, &data, alignment)?;
    Ok((entries, tensors, parser.position()))
}

fn problem(file: &str, reason: &str) -> Error {
    let mut message = format!("{file} {reason}");
    if message.len() > LONGEST_PROBLEM {
        message.truncate(message.floor_char_boundary(LONGEST_PROBLEM));
        message.push_str("...");
    }
    Error::bad_file(message)
}
