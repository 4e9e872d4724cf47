//! The site's folder: what the web build made, with the embedded models in it, so that the folder
//! as it is can be put on any static host.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::repository;

/// The model of the demo, and its twin, which a race loads when it needs it.
const MODELS: [&str; 2] = ["models/tiny", "models/tiny-ar"];

/// Where the site is built.
pub fn folder() -> PathBuf {
    repository::path("web/dist")
}

/// Puts the embedded models into the built site.
///
/// # Errors
/// When there is no built site, or a file cannot be copied.
pub fn complete() -> Result<()> {
    let site = folder();
    if !site.join("index.html").is_file() {
        bail!("the build made no {}", site.join("index.html").display());
    }
    for model in MODELS {
        copy_folder(&repository::path(model), &site.join(model)).context(model)?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
