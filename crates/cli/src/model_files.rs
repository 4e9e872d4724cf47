//! A model's folder, or one weights file as if it were alone in a folder.

use std::ops::Range;
use std::path::{Path, PathBuf};

use unmask_engine::weights::{Directory, Files};
use unmask_engine::{Error, ErrorCode, Result};

/// The folder at `path`.
///
/// # Errors
/// `missing_file` when there is none, `bad_input` when it is a file.
pub fn folder(path: &Path) -> Result<Directory> {
    if path.is_dir() {
        return Ok(Directory::new(path));
    }
    if path.exists() {
        return Err(Error::bad_input(format!(
            "{} is a file, not a folder; pass the folder that holds it with config.json and \
             tokenizer.json",
            path.display()
        )));
    }
    Err(absent(path))
}

/// The folder at `path`, or the weights file at `path` with the configuration beside it.
///
/// # Errors
/// `missing_file` when there is nothing at `path`.
pub fn folder_or_file(path: &Path) -> Result<Inspected> {
    if path.is_dir() {
        return Ok(Inspected {
            directory: Directory::new(path),
            weights: None,
        });
    }
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(name) = name.filter(|_| path.is_file()) else {
        return Err(absent(path));
    };
    let parent = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    Ok(Inspected {
        directory: Directory::new(parent),
        weights: Some(name.to_owned()),
    })
}

fn absent(path: &Path) -> Error {
    let message = format!(
        "there is no {}; pass a folder that holds config.json, model.safetensors and tokenizer.json",
        path.display()
    );
    Error::new(ErrorCode::MissingFile, message)
}

/// Files to inspect.
pub struct Inspected {
    directory: Directory,
    /// This file stands for all weights of the folder.
    weights: Option<String>,
}

impl Inspected {
    /// The real name of `file`; `None` when it is hidden by the one weights file.
    fn real<'a>(&'a self, file: &'a str) -> Option<&'a str> {
        match (&self.weights, file) {
            (Some(weights), "model.safetensors") => Some(weights),
            (Some(_), "model.safetensors.index.json") => None,
            (_, file) => Some(file),
        }
    }
}

impl Files for Inspected {
    async fn size(&self, file: &str) -> Result<Option<u64>> {
        match self.real(file) {
            Some(file) => self.directory.size(file).await,
            None => Ok(None),
        }
    }

    async fn read(&self, file: &str, range: Range<u64>) -> Result<Vec<u8>> {
        self.directory
            .read(self.real(file).unwrap_or(file), range)
            .await
    }
}
