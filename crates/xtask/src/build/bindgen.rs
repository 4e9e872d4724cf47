//! wasm-bindgen as a library, so that nobody installs a command line of the matching version.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::repository;

/// What the output is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The npm package.
    Package,
    /// Tests: assertions in the glue, debug names, and the raw exports as `__wasm`.
    Tests,
}

/// Writes `NAME_bg.wasm`, `NAME.js` and their types for browsers into a folder.
///
/// # Errors
/// When the versions of library and command line differ or the module cannot be read.
pub fn web(name: &str, module: Vec<u8>, folder: &Path, purpose: Purpose) -> Result<()> {
    check_versions(&fs::read_to_string(repository::path("Cargo.lock"))?)?;
    let tests = purpose == Purpose::Tests;
    Bindgen::new()
        .web(true)?
        .typescript(!tests)
        // So that the glue finds its module beside itself, which bundlers understand.
        .omit_default_module_path(false)
        .debug(tests)
        .export_wasm(tests)
        .emit_start(!tests)
        .remove_name_section(!tests)
        .remove_producers_section(!tests)
        .input_bytes(name, module)
        .generate(folder)
        .with_context(|| format!("wasm-bindgen could not read {name}.wasm"))
}

/// The generated code and the library talk in a format that belongs to one version.
fn check_versions(lock: &str) -> Result<()> {
    let ours =
        locked_version(lock, "wasm-bindgen-cli-support").context("Cargo.lock lacks xtask")?;
    match locked_version(lock, "wasm-bindgen") {
        Some(theirs) if theirs != ours => bail!(
            "Cargo.lock holds wasm-bindgen {theirs}, but xtask uses wasm-bindgen-cli-support \
             {ours}: set it to \"={theirs}\" in crates/xtask/Cargo.toml"
        ),
        _ => Ok(()),
    }
}

/// Version of a package in the text of Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::check_versions;

    fn lock(library: &str) -> String {
        format!(
            "[[package]]\nname = \"wasm-bindgen\"\nversion = \"{library}\"\n\n\
             [[package]]\nname = \"wasm-bindgen-cli-support\"\nversion = \"0.2.130\"\n"
        )
    }

    #[test]
    fn equal_versions_pass_and_others_name_the_remedy() {
        assert!(check_versions(&lock("0.2.130")).is_ok());
        let message = check_versions(&lock("0.2.131")).unwrap_err().to_string();
        assert!(message.contains("set it to \"=0.2.131\""), "{message}");
    }
}
