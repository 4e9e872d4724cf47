//! A model's folder, or one file of it as if it were alone in a folder.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use unmask_engine::weights::{Directory, Files, GGUF, gguf};
use unmask_engine::{Error, ErrorCode, Result};

/// The model at `path`: a folder, or a GGUF file.
///
/// # Errors
/// `missing_file` when there is none, `bad_input` when it is another file.
pub fn model(path: &Path) -> Result<ModelFiles> {
    let files = folder_or_file(path)?;
    if !matches!(files.alone, Some(Alone::Weights(_))) {
        return Ok(files);
    }
    Err(Error::bad_input(format!(
        "{} is neither a folder nor a GGUF file; pass the folder that holds it with config.json \
         and tokenizer.json",
        path.display()
    )))
}

/// The folder at `path`; or the GGUF file; or the weights file with the configuration beside it.
///
/// # Errors
/// `missing_file` when there is nothing at `path`.
pub fn folder_or_file(path: &Path) -> Result<ModelFiles> {
    if path.is_dir() {
        return Ok(ModelFiles {
            directory: Directory::new(path),
            alone: None,
        });
    }
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(name) = name.filter(|_| path.is_file()) else {
        return Err(absent(path));
    };
    let is_gguf = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gguf"));
    let alone = if is_gguf { Alone::Gguf } else { Alone::Weights };
    Ok(ModelFiles {
        directory: Directory::new(path.parent().map_or_else(PathBuf::new, Path::to_path_buf)),
        alone: Some(alone(name.to_owned())),
    })
}

fn absent(path: &Path) -> Error {
    let message = format!(
        "there is no {}; pass a folder that holds config.json, model.safetensors and \
         tokenizer.json, or a GGUF file",
        path.display()
    );
    Error::new(ErrorCode::MissingFile, message)
}

/// The files of a model.
#[derive(Debug)]
pub struct ModelFiles {
    directory: Directory,
    alone: Option<Alone>,
}

/// One file of a folder, by its name.
#[derive(Debug)]
enum Alone {
    /// It is the whole model, or its first part: nothing else beside it counts.
    Gguf(String),
    /// It stands for all weights of the folder.
    Weights(String),
}

impl ModelFiles {
    /// The real name of `file`; `None` when the one file hides it.
    fn real<'a>(&'a self, file: &'a str) -> Option<Cow<'a, str>> {
        match &self.alone {
            None => Some(file.into()),
            Some(Alone::Gguf(name)) if file == GGUF => Some(name.into()),
            Some(Alone::Gguf(name)) => gguf::beside(name, file).map(Cow::Owned),
            Some(Alone::Weights(name)) => match file {
                "model.safetensors" => Some(name.into()),
                "model.safetensors.index.json" | GGUF => None,
                _ => Some(file.into()),
            },
        }
    }
}

impl Files for ModelFiles {
    async fn size(&self, file: &str) -> Result<Option<u64>> {
        match self.real(file) {
            Some(file) => self.directory.size(&file).await,
            None => Ok(None),
        }
    }

    async fn read(&self, file: &str, range: Range<u64>) -> Result<Vec<u8>> {
        let real = self.real(file).unwrap_or(file.into());
        self.directory.read(&real, range).await
    }
}
