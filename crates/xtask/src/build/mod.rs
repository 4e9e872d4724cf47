//! Rust to wasm to npm package to site; and the command line.

pub mod bindgen;
mod javascript;
mod optimize;
pub mod site;
mod size;
mod wasm;

use std::path::PathBuf;

use anyhow::Result;

use crate::{command, repository};

pub use javascript::{check_types, reference, unit_tests};

/// How much work a build puts into the size of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Fast and larger; the size is printed, not gated.
    Dev,
    /// As published.
    Release,
}

/// Builds the wasm module, the npm package and the site.
///
/// # Errors
/// When a step fails or the module is over its size budget.
pub fn all(mode: Mode) -> Result<()> {
    wasm(mode)?;
    javascript::build()?;
    site::complete()?;
    wasm::build_conformance(mode, &site::folder())
}

/// Builds the wasm module with its glue, with and without threads, and checks its size.
///
/// # Errors
/// When a step fails or the module is over its size budget.
pub fn wasm(mode: Mode) -> Result<()> {
    for variant in [wasm::PLAIN, wasm::THREADS] {
        wasm::build(mode, variant)?;
        size::report(mode, variant.folder)?;
    }
    Ok(())
}

/// Builds the command line and tells where it is: optimised, because seconds are reported of it.
///
/// # Errors
/// When the build fails.
pub fn command_line() -> Result<PathBuf> {
    let mut cargo = command::cargo();
    command::run(cargo.args(["build", "--release", "--locked", "-p", "unmask"]))?;
    let name = format!("unmask{}", std::env::consts::EXE_SUFFIX);
    Ok(repository::target()?.join("release").join(name))
}
