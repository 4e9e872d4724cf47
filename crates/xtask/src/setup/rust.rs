//! The wasm target of the Rust toolchain.

use std::path::Path;

use anyhow::{Context, Result};

use crate::command;

/// The target of the browser build.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Adds the wasm target by rustup where the toolchain lacks it.
///
/// # Errors
/// When it is missing and rustup cannot add it.
pub fn wasm_target() -> Result<()> {
    // Asking the compiler instead of rustup also serves toolchains that rustup did not install.
    let sysroot = command::capture(command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib")
        .is_dir()
    {
        return Ok(());
    }
    command::run(command::new("rustup").args(["target", "add", TARGET]))
        .with_context(|| format!("the Rust toolchain has no standard library for {TARGET}"))
}
