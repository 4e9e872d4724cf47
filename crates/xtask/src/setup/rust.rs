//! What the Rust toolchain needs beside the compiler.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command;

/// The target of the browser build.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The sources of the standard library, in the toolchain's libraries.
const SOURCES: &str = "src/rust";

/// Adds the wasm target, and the sources of the standard library, which the build for threads
/// compiles, by rustup where the toolchain lacks them.
///
/// # Errors
/// When one is missing and rustup cannot add it.
pub fn wasm_target() -> Result<()> {
    let library = library()?;
    if !library.join(TARGET).join("lib").is_dir() {
        command::run(command::new("rustup").args(["target", "add", TARGET]))
            .with_context(|| format!("the Rust toolchain has no standard library for {TARGET}"))?;
    }
    if !library.join(SOURCES).join("library/Cargo.lock").is_file() {
        command::run(command::new("rustup").args(["component", "add", "rust-src"])).context(
            "the Rust toolchain has no sources of the standard library (rust-src), which the build \
             for threads compiles",
        )?;
    }
    Ok(())
}

/// Where the sources of the standard library are, as the compiler names them in messages.
///
/// # Errors
/// When they are missing.
pub fn library_sources() -> Result<PathBuf> {
    let sources = library()?.join(SOURCES);
    fs::canonicalize(&sources).with_context(|| sources.display().to_string())
}

/// The toolchain's libraries.
fn library() -> Result<PathBuf> {
    // Asking the compiler instead of rustup also serves toolchains that rustup did not install.
    let sysroot = command::capture(command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(sysroot.trim()).join("lib/rustlib"))
}
