//! A model in several GGUF files: `NAME-00001-of-00003.gguf` and so on, each a whole GGUF file with
//! some of the tensors.
//!
//! The first has all entries; every part says by `split.no` (from 0) and `split.count` which it is.
//! Source: llama.cpp, `tools/gguf-split`.

use std::collections::BTreeMap;

use super::header::read_one;
use super::metadata::Metadata;
use crate::weights::files::{Files, missing_file};
use crate::weights::tensor_info::TensorInfo;
use crate::{Error, Result};

/// Most parts: llama.cpp's default makes one for each 128 tensors.
const MOST_PARTS: u64 = 1000;

/// What a folder calls part `number`, from 1, of so many, whatever its real name: `model.gguf` is
/// the first.
#[must_use]
pub fn part_name(number: u64, parts: u64) -> String {
    format!("model-{number:05}-of-{parts:05}.gguf")
}

/// The real name of `part`, as [`part_name`] calls it, where the first part is really called `first`.
#[must_use]
pub fn beside(first: &str, part: &str) -> Option<String> {
    let ((stem, _), (model, place)) = (split(first)?, split(part)?);
    (model == "model").then(|| format!("{stem}{place}"))
}

/// What is in front of `-00001-of-00003.gguf`, and this.
fn split(name: &str) -> Option<(&str, &str)> {
    const SHAPE: &str = "-#####-of-#####.gguf";
    let (stem, place) = name.split_at_checked(name.len().checked_sub(SHAPE.len())?)?;
    let fits = |(letter, shape): (char, char)| match shape {
        '#' => letter.is_ascii_digit(),
        _ => letter == shape,
    };
    place
        .chars()
        .zip(SHAPE.chars())
        .all(fits)
        .then_some((stem, place))
}

/// Adds to `tensors`, those of the first part, the tensors of the others; none where the model is
/// one file.
///
/// # Errors
/// `MissingFile` naming a part that is not there; `BadFile` where `first` is another part than the
/// first or the parts do not fit together; as [`read_one`] for each.
pub(super) async fn read_others<F: Files>(
    files: &F,
    (first, metadata): (&str, &Metadata),
    tensors: &mut BTreeMap<String, TensorInfo>,
) -> Result<()> {
    let parts = whole(metadata, "split.count")?.unwrap_or(1);
    if parts <= 1 {
        return Ok(());
    }
    check_place(first, metadata, (1, parts))?;
    if parts > MOST_PARTS {
        return Err(Error::bad_file(format!(
            "{first} claims to be one of {parts} parts; at most {MOST_PARTS} are read"
        )));
    }
    for number in 2..=parts {
        let file = part_name(number, parts);
        if files.size(&file).await?.is_none() {
            let Error { code, message } = missing_file(&file);
            let message = format!(
                "{message}, part {number} of {parts} of the model; all parts must lie side by side"
            );
            return Err(Error::new(code, message));
        }
        let (metadata, held) = read_one(files, &file).await?;
        check_place(&file, &metadata, (number, parts))?;
        for (name, tensor) in held {
            if let Some(other) = tensors.insert(name, tensor) {
                let (name, other) = (other.name, other.file);
                return Err(Error::bad_file(format!(
                    "tensor {name:?} is both in {other} and in {file}; the parts are of two models"
                )));
            }
        }
    }
    match whole(metadata, "split.tensors.count")? {
        Some(count) if count != tensors.len() as u64 => Err(Error::bad_file(format!(
            "{first} says that its {parts} parts hold {count} tensors, but they hold {}; the parts \
             are of two models",
            tensors.len()
        ))),
        _ => Ok(()),
    }
}

/// Refuses a file that is another part than its name says.
fn check_place(file: &str, metadata: &Metadata, (number, parts): (u64, u64)) -> Result<()> {
    let found = (
        whole(metadata, "split.no")?,
        whole(metadata, "split.count")?,
    );
    match found {
        (Some(index), Some(count)) if index + 1 == number && count == parts => Ok(()),
        (Some(index), Some(count)) => Err(Error::bad_file(format!(
            "{file} is part {} of {count}, where part {number} of {parts} belongs; name the first \
             part, and keep the names that the parts came with",
            index + 1
        ))),
        _ => Err(Error::bad_file(format!(
            "{file} does not say which part of {parts} it is (\"split.no\")"
        ))),
    }
}

/// A whole number that is no part count by far: additions to it do not overflow.
fn whole(metadata: &Metadata, key: &str) -> Result<Option<u64>> {
    let number = metadata.number(key)?;
    Ok(number
        .and_then(|number| number.as_u64())
        .map(|n| n.min(u64::from(u32::MAX))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_beside_the_first() {
        let part = part_name(2, 3);
        assert_eq!(part, "model-00002-of-00003.gguf");
        let beside = |first| beside(first, &part);
        assert_eq!(
            beside("Dream-Q4-00001-of-00003.gguf").as_deref(),
            Some("Dream-Q4-00002-of-00003.gguf")
        );
        assert_eq!(beside("tiny.gguf"), None);
        assert_eq!(beside("-0001-of-00003.gguf"), None);
        assert_eq!(super::beside("a-00001-of-00003.gguf", "config.json"), None);
    }
}
