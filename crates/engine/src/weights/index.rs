//! `model.safetensors.index.json`: which shard holds which tensor.

use std::collections::BTreeMap;

use super::files::Files;
use super::whole_file::bytes_file;
use crate::{Error, Result};

/// The index file of a sharded checkpoint.
pub(super) const INDEX: &str = "model.safetensors.index.json";

#[derive(serde::Deserialize)]
struct IndexFile {
    weight_map: BTreeMap<String, String>,
}

/// Tensor name to shard file, or `None` when the folder has no index.
///
/// # Errors
/// `BadFile` when the index is not JSON of the right form, is empty, or names a file that is not
/// a plain name in the same folder.
pub(super) async fn read_index<F: Files>(files: &F) -> Result<Option<BTreeMap<String, String>>> {
    let Some(bytes) = bytes_file(files, INDEX).await? else {
        return Ok(None);
    };
    let IndexFile { weight_map } = serde_json::from_slice(&bytes).map_err(|error| {
        Error::bad_file(format!(
            "{INDEX} is not a shard index: {error}; expected {{\"weight_map\": {{tensor: file}}}}"
        ))
    })?;
    if weight_map.is_empty() {
        return Err(Error::bad_file(format!("{INDEX} names no tensor")));
    }
    match weight_map.iter().find(|(_, shard)| !is_plain(shard)) {
        Some((tensor, shard)) => Err(Error::bad_file(format!(
            "{INDEX} places tensor {tensor:?} in {shard:?}; expected a .safetensors file name"
        ))),
        None => Ok(Some(weight_map)),
    }
}

/// Whether `shard` is a file of this very folder. The index comes from a stranger and must not
/// choose paths or addresses.
fn is_plain(shard: &str) -> bool {
    shard.ends_with(".safetensors") && !shard.contains(['/', '\\', ':', '?', '#', '%', '\0'])
}
