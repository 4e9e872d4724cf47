//! Installs what a fresh machine lacks. Every step looks first and does nothing where all is there.

mod apt_sources;
mod debian;
mod node;
mod rust;

use anyhow::Result;

pub use debian::browsers_and_drivers;
pub use node::npm;
pub use rust::{TARGET as WASM_TARGET, library_sources, wasm_target};

/// All of it.
///
/// # Errors
/// When something is missing that this user may not install; the message names it.
pub fn all() -> Result<()> {
    wasm_target()?;
    npm()?;
    browsers_and_drivers()?;
    println!("everything is in place");
    Ok(())
}
