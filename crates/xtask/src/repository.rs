//! Where things are in the repository.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};

use crate::command;

/// Folder of the workspace.
pub fn root() -> PathBuf {
    // Cargo sets the variable when it runs the program, so a target folder shared by two clones is safe.
    let manifest = env::var("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
    let crates = Path::new(&manifest).parent();
    crates
        .and_then(Path::parent)
        .expect("xtask lies in crates/")
        .to_owned()
}

/// Path inside the repository.
pub fn path(inside: &str) -> PathBuf {
    root().join(inside)
}

/// Cargo's target folder, wherever the environment or configuration puts it.
pub fn target() -> Result<PathBuf> {
    let text = command::capture(command::cargo().args([
        "metadata",
        "--no-deps",
        "--format-version=1",
        "--offline",
    ]))?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    let folder = metadata["target_directory"]
        .as_str()
        .context("cargo metadata names no target")?;
    Ok(folder.into())
}

/// Files of a folder with one of the endings, in order of name; none where the folder is missing.
pub fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.to_string_lossy();
            path.is_file() && endings.iter().any(|ending| name.ends_with(ending))
        })
        .collect();
    paths.sort();
    paths
}
