//! A checkpoint: its tensors by name, wherever they lie, read by rows.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{Files, missing_file};
use super::gguf::{self, Metadata};
use super::index::{INDEX, read_index};
use super::packed;
use super::safetensors::read_header;
use super::tensor_info::TensorInfo;
use crate::{Error, ErrorCode, Result};

/// The file of a checkpoint that is not sharded.
const SINGLE: &str = "model.safetensors";

/// The file of a model that is one GGUF file. A seam that opens a single file, whatever its name,
/// shows it as a folder with just this one.
pub const GGUF: &str = "model.gguf";

/// The tensors of a folder: `model.safetensors`, the shards its index names, or `model.gguf`.
///
/// Opening reads headers only; [`read_rows_f32`](Self::read_rows_f32) fetches weights by range.
#[derive(Debug)]
pub struct Checkpoint<F: Files> {
    files: F,
    tensors: BTreeMap<String, TensorInfo>,
    metadata: Option<Metadata>,
    /// What reading packed weights keeps from one group of rows to the next.
    kept: packed::Kept,
}

impl<F: Files> Checkpoint<F> {
    /// Opens the folder `files`. A single `model.safetensors` wins over an index, and that over a
    /// `model.gguf`.
    ///
    /// # Errors
    /// [`ErrorCode::MissingFile`] when there is none, or a shard is absent;
    /// [`ErrorCode::BadFile`] when a file is truncated, corrupt or lies about itself.
    pub async fn open(files: F) -> Result<Self> {
        if files.size(SINGLE).await?.is_some() {
            let tensors = read_header(&files, SINGLE).await?;
            return Self::of_safetensors(files, tensors).await;
        }
        if let Some(weight_map) = read_index(&files).await? {
            let tensors = read_shards(&files, &weight_map).await?;
            return Self::of_safetensors(files, tensors).await;
        }
        if files.size(GGUF).await?.is_some() {
            let (metadata, tensors) = gguf::read_header(&files, GGUF).await?;
            return Ok(Self {
                files,
                tensors,
                metadata: Some(metadata),
                kept: packed::Kept::default(),
            });
        }
        let message = format!(
            "the model folder has neither {SINGLE} nor {INDEX} nor {GGUF}; expected a Hugging \
             Face folder with safetensors weights, or a GGUF file"
        );
        Err(Error::new(ErrorCode::MissingFile, message))
    }

    async fn of_safetensors(files: F, tensors: BTreeMap<String, TensorInfo>) -> Result<Self> {
        let tensors = packed::resolve(&files, tensors).await?;
        Ok(Self {
            files,
            tensors,
            metadata: None,
            kept: packed::Kept::default(),
        })
    }

    /// Opens one safetensors file of the folder, whatever its name, with its tensors as they are.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_file(files: F, file: &str) -> Result<Self> {
        let tensors = read_header(&files, file).await?;
        Ok(Self {
            files,
            tensors,
            metadata: None,
            kept: packed::Kept::default(),
        })
    }

    /// The kind of file that holds the tensors, and how many files there are.
    #[must_use]
    pub fn container(&self) -> (&'static str, usize) {
        let files: BTreeSet<&str> = self.tensors().map(|tensor| &*tensor.file).collect();
        match self.metadata {
            // One without tensors is a file all the same.
            Some(_) => ("GGUF", files.len().max(1)),
            None => ("safetensors", files.len()),
        }
    }

    /// The entries of the GGUF file that the checkpoint was opened from.
    #[must_use]
    pub fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }

    pub(super) fn kept(&self) -> &packed::Kept {
        &self.kept
    }

    /// The folder that the checkpoint was opened from.
    pub fn files(&self) -> &F {
        &self.files
    }

    /// The tensor called `name`.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.tensors.get(name)
    }

    /// The tensor called `name`, which must be there.
    ///
    /// # Errors
    /// [`ErrorCode::MissingTensor`] naming it.
    pub fn require(&self, name: &str) -> Result<&TensorInfo> {
        self.tensor(name).ok_or_else(|| {
            let count = self.tensors.len();
            let message = format!("missing tensor {name:?}; the checkpoint holds {count} tensors");
            Error::new(ErrorCode::MissingTensor, message)
        })
    }

    /// All tensors, in the order of their names.
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = &TensorInfo> {
        self.tensors.values()
    }

    /// All names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }
}

/// Headers of all shards in `weight_map`, and from them the tensors it names.
async fn read_shards<F: Files>(
    files: &F,
    weight_map: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, TensorInfo>> {
    let shards: BTreeSet<&String> = weight_map.values().collect();
    let mut tensors = BTreeMap::new();
    for shard in shards {
        if files.size(shard).await?.is_none() {
            let Error { code, message } = missing_file(shard);
            return Err(Error::new(code, format!("{message}, but {INDEX} names it")));
        }
        let held = read_header(files, shard).await?;
        // A shard may hold tensors that the index places elsewhere: the index decides.
        let chosen = |name: &String| weight_map.get(name) == Some(shard);
        tensors.extend(held.into_iter().filter(|(name, _)| chosen(name)));
    }
    match weight_map
        .iter()
        .find(|(name, _)| !tensors.contains_key(*name))
    {
        Some((name, shard)) => Err(Error::bad_file(format!(
            "{INDEX} places tensor {name:?} in {shard}, but that file does not hold it"
        ))),
        None => Ok(tensors),
    }
}
