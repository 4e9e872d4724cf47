//! A folder in which PyTorch's files of weights appear as safetensors files.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use serde_json::Value;
use unmask_engine::weights::{Files, json_file};
use unmask_engine::{Error, Result};

use crate::archive;
use crate::safetensors::{Part, Virtual};
use crate::state;

/// The file of a checkpoint in one piece.
pub const SINGLE: &str = "pytorch_model.bin";

/// The list of the pieces of a checkpoint in several.
pub const INDEX: &str = "pytorch_model.bin.index.json";

/// How the engine calls them.
const SAFE_SINGLE: &str = "model.safetensors";
const SAFE_INDEX: &str = "model.safetensors.index.json";
const SAFE_END: &str = ".safetensors";

/// A folder over another: `pytorch_model.bin` is there as `model.safetensors`, and what
/// `pytorch_model.bin.index.json` lists under its names with `.safetensors` behind. Everything else
/// is as it was.
#[derive(Debug)]
pub struct TorchFolder<F> {
    files: F,
    /// Opened files, by their own names.
    opened: RefCell<BTreeMap<String, Rc<Virtual>>>,
}

impl<F: Files> TorchFolder<F> {
    /// `files`, shown so.
    pub fn new(files: F) -> Self {
        Self {
            files,
            opened: RefCell::default(),
        }
    }

    /// Whether `files` has weights of PyTorch, and none that the engine reads itself.
    ///
    /// # Errors
    /// Those of `files`.
    pub async fn is_needed(files: &F) -> Result<bool> {
        for own in [SAFE_SINGLE, SAFE_INDEX, unmask_engine::weights::GGUF] {
            if files.size(own).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(files.size(SINGLE).await?.is_some() || files.size(INDEX).await?.is_some())
    }

    /// The name of the file behind the safetensors file `file`.
    fn behind<'a>(&self, file: &'a str) -> Option<&'a str> {
        match file {
            SAFE_SINGLE => Some(SINGLE),
            _ => file
                .strip_suffix(SAFE_END)
                .filter(|file| file.ends_with(".bin")),
        }
    }

    async fn open(&self, file: &str) -> Result<Option<Rc<Virtual>>> {
        if let Some(opened) = self.opened.borrow().get(file) {
            return Ok(Some(Rc::clone(opened)));
        }
        let Some(size) = self.files.size(file).await? else {
            return Ok(None);
        };
        let archive = archive::open(&self.files, file, size)?;
        let opened = Rc::new(Virtual::new(&state::tensors(file, &archive)?));
        let mut all = self.opened.borrow_mut();
        all.insert(file.to_owned(), Rc::clone(&opened));
        Ok(Some(opened))
    }

    /// The list of pieces under their new names; `None` where there is none.
    async fn index(&self) -> Result<Option<Vec<u8>>> {
        let Some(mut index) = json_file(&self.files, INDEX).await? else {
            return Ok(None);
        };
        if let Some(map) = index.get_mut("weight_map").and_then(Value::as_object_mut) {
            for file in map.values_mut() {
                if let Some(name) = file.as_str() {
                    *file = format!("{name}{SAFE_END}").into();
                }
            }
        }
        Ok(Some(index.to_string().into_bytes()))
    }
}

impl<F: Files> Files for TorchFolder<F> {
    async fn size(&self, file: &str) -> Result<Option<u64>> {
        if file == SAFE_INDEX {
            return Ok(self.index().await?.map(|index| index.len() as u64));
        }
        match self.behind(file) {
            Some(behind) => Ok(self.open(behind).await?.map(|opened| opened.size())),
            None => self.files.size(file).await,
        }
    }

    async fn read(&self, file: &str, range: Range<u64>) -> Result<Vec<u8>> {
        if file == SAFE_INDEX {
            let index = self.index().await?.unwrap_or_default();
            let bytes = index.get(range.start as usize..range.end as usize);
            return bytes
                .map(<[u8]>::to_vec)
                .ok_or_else(|| short(INDEX, &range));
        }
        let Some(behind) = self.behind(file) else {
            return self.files.read(file, range).await;
        };
        let opened = self
            .open(behind)
            .await?
            .filter(|opened| range.end <= opened.size());
        let opened = opened.ok_or_else(|| short(behind, &range))?;
        let mut bytes = Vec::new();
        for part in opened.parts(&range) {
            match part {
                Part::Header(header) => bytes.extend_from_slice(header),
                Part::Data(range) => bytes.extend(self.files.read(behind, range).await?),
            }
        }
        Ok(bytes)
    }
}

fn short(file: &str, range: &Range<u64>) -> Error {
    let Range { start, end } = range;
    Error::bad_file(format!(
        "{file} has no bytes {start}..{end}; is it truncated?"
    ))
}
