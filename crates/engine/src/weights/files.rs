//! Where a checkpoint's bytes come from: a folder, memory, or anything else that reads ranges.

use std::collections::HashMap;
use std::future::Future;
use std::ops::Range;

use crate::{Error, ErrorCode, Result};

/// A checkpoint folder: a native directory, an HTTP folder, a hub repository, picked files.
///
/// The futures need not be `Send`: in a browser they hold JavaScript promises.
pub trait Files {
    /// Size of `file` in bytes; `None` when there is no such file.
    ///
    /// # Errors
    /// When the folder itself cannot be asked (network, permissions).
    fn size(&self, file: &str) -> impl Future<Output = Result<Option<u64>>>;

    /// The bytes `range` of `file`: exactly `range.end - range.start` of them.
    ///
    /// # Errors
    /// [`ErrorCode::MissingFile`] without such a file, [`ErrorCode::BadFile`] when it ends before
    /// `range.end`; an implementation may add its own (`network`, `aborted`).
    fn read(&self, file: &str, range: Range<u64>) -> impl Future<Output = Result<Vec<u8>>>;
}

impl<F: Files> Files for &F {
    fn size(&self, file: &str) -> impl Future<Output = Result<Option<u64>>> {
        (**self).size(file)
    }

    fn read(&self, file: &str, range: Range<u64>) -> impl Future<Output = Result<Vec<u8>>> {
        (**self).read(file, range)
    }
}

/// Files held in memory: tests, and models embedded in a program.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: HashMap<String, Vec<u8>>,
}

impl Memory {
    /// An empty folder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `file`, or replaces it.
    pub fn insert(&mut self, file: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(file.into(), bytes.into());
    }

    /// The same folder with one more file.
    #[must_use]
    pub fn with(mut self, file: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.insert(file, bytes);
        self
    }
}

impl Files for Memory {
    async fn size(&self, file: &str) -> Result<Option<u64>> {
        Ok(self.files.get(file).map(|bytes| bytes.len() as u64))
    }

    async fn read(&self, file: &str, range: Range<u64>) -> Result<Vec<u8>> {
        let bytes = self.files.get(file).ok_or_else(|| missing_file(file))?;
        let length = range_length(file, &range, bytes.len() as u64)?;
        // In bounds, and so within usize: checked against `bytes.len()` just now.
        let start = range.start as usize;
        Ok(bytes[start..start + length].to_vec())
    }
}

/// A folder of the file system.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug)]
pub struct Directory {
    root: std::path::PathBuf,
}

#[cfg(not(target_arch = "wasm32"))]
impl Directory {
    /// The folder `root`. Nothing is opened yet.
    pub fn new(root: impl Into<std::path::PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The path of `file`, which may not lead out of the folder.
    fn path(&self, file: &str) -> Result<std::path::PathBuf> {
        use std::path::{Component, Path};
        let inside = Path::new(file)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if file.is_empty() || !inside {
            return Err(Error::bad_file(format!(
                "file name {file:?} leads out of the model folder; expected a name inside it"
            )));
        }
        Ok(self.root.join(file))
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Files for Directory {
    async fn size(&self, file: &str) -> Result<Option<u64>> {
        let path = self.path(file)?;
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
            Ok(_) => Ok(None),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(unreadable(&path, &error)),
        }
    }

    async fn read(&self, file: &str, range: Range<u64>) -> Result<Vec<u8>> {
        use std::io::{Read, Seek, SeekFrom};
        let path = self.path(file)?;
        let failed = |error: std::io::Error| unreadable(&path, &error);
        let mut opened = std::fs::File::open(&path).map_err(failed)?;
        let size = opened.metadata().map_err(failed)?.len();
        let mut bytes = vec![0; range_length(file, &range, size)?];
        opened.seek(SeekFrom::Start(range.start)).map_err(failed)?;
        opened.read_exact(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}

/// A path below a file (`model.safetensors/config.json`) is as absent as one below nothing.
#[cfg(not(target_arch = "wasm32"))]
fn is_absent(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(not(target_arch = "wasm32"))]
fn unreadable(path: &std::path::Path, error: &std::io::Error) -> Error {
    let message = format!("cannot read {}: {error}", path.display());
    Error::new(ErrorCode::MissingFile, message)
}

/// The error for a file that is not there.
pub(super) fn missing_file(file: &str) -> Error {
    let message = format!("there is no file {file:?} in the model folder");
    Error::new(ErrorCode::MissingFile, message)
}

/// Length of `range` in a file of `size` bytes, checked before anything is allocated.
fn range_length(file: &str, range: &Range<u64>, size: u64) -> Result<usize> {
    let too_short = || {
        let Range { start, end } = range;
        Error::bad_file(format!(
            "{file}: bytes {start}..{end} are wanted, but the file holds {size}; is it truncated?"
        ))
    };
    if range.start > range.end || range.end > size {
        return Err(too_short());
    }
    usize::try_from(range.end - range.start).map_err(|_| too_short())
}
