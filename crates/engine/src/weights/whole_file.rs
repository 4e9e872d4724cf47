//! The small files of a checkpoint (configuration, tokenizer, templates), read whole.

use super::files::Files;
use crate::{Error, Result};

/// Largest file that is read whole, bytes. The largest known `tokenizer.json` is half of it.
pub const LARGEST_WHOLE_FILE: u64 = 64 << 20;

/// All bytes of `file`; `None` when there is no such file.
///
/// # Errors
/// [`BadFile`](crate::ErrorCode::BadFile) when it is over [`LARGEST_WHOLE_FILE`] or shorter than
/// it claims, and whatever `files` reports.
pub async fn bytes_file<F: Files>(files: &F, file: &str) -> Result<Option<Vec<u8>>> {
    let Some(size) = files.size(file).await? else {
        return Ok(None);
    };
    if size > LARGEST_WHOLE_FILE {
        return Err(Error::bad_file(format!(
            "{file} holds {size} bytes; expected at most {LARGEST_WHOLE_FILE}"
        )));
    }
    let bytes = read_exactly(files, file, 0, size).await?;
    Ok(Some(bytes))
}

/// The text of `file` (UTF-8); `None` when there is no such file.
///
/// # Errors
/// As [`bytes_file`], and `BadFile` when it is not UTF-8.
pub async fn text_file<F: Files>(files: &F, file: &str) -> Result<Option<String>> {
    let Some(bytes) = bytes_file(files, file).await? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::bad_file(format!("{file} is not UTF-8 text: bad byte at {at}"))
    })?;
    Ok(Some(text))
}

/// The JSON value in `file`; `None` when there is no such file.
///
/// # Errors
/// As [`bytes_file`], and `BadFile` when it is not JSON.
pub async fn json_file<F: Files>(files: &F, file: &str) -> Result<Option<serde_json::Value>> {
    let Some(bytes) = bytes_file(files, file).await? else {
        return Ok(None);
    };
    let value = serde_json::from_slice(&bytes)
        .map_err(|error| Error::bad_file(format!("{file} is not valid JSON: {error}")))?;
    Ok(Some(value))
}

/// `length` bytes of `file` from `start`; a source that returns another number is an error.
pub(super) async fn read_exactly<F: Files>(
    files: &F,
    file: &str,
    start: u64,
    length: u64,
) -> Result<Vec<u8>> {
    let bytes = files.read(file, start..start + length).await?;
    if bytes.len() as u64 != length {
        let got = bytes.len();
        return Err(Error::bad_file(format!(
            "{file}: {length} bytes at {start} are wanted, but {got} came; is it truncated?"
        )));
    }
    Ok(bytes)
}
