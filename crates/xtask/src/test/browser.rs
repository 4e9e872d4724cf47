//! Tests that run in Chromium and Firefox.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::build::bindgen;
use crate::setup::WASM_TARGET;
use crate::{command, repository};

/// Tests of the built package and demo: tests/browser.
pub fn tests() -> Result<()> {
    let mut npm = command::new("npm");
    command::run(
        npm.args(["run", "test", "--workspace", "tests/browser"])
            .env("REQUIRE_GPU", "1"),
    )
}

/// The packed package in fresh projects: tests/packages.
pub fn package_tests() -> Result<()> {
    let mut npm = command::new("npm");
    command::run(npm.args(["run", "test", "--workspace", "tests/packages"]))
}

/// The `#[wasm_bindgen_test]`s of crates/wasm and of the patterns, each test binary in each browser.
pub fn wasm_bindgen_tests() -> Result<()> {
    let folder = repository::target()?.join("wasm-bindgen-tests");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for (name, module) in compile()? {
        let bytes = fs::read(&module)?;
        bindgen::web("tests", bytes, &folder.join(name), bindgen::Purpose::Tests)?;
    }
    let mut node = command::new("node");
    node.args([
        "--test",
        "--test-concurrency=1",
        "tests/browser/wasm-bindgen/run.mjs",
    ]);
    command::run(
        node.env("WASM_BINDGEN_TESTS", folder)
            .env("REQUIRE_GPU", "1"),
    )
}

/// Compiles the test binaries and returns their names and paths.
fn compile() -> Result<Vec<(String, PathBuf)>> {
    let mut cargo = command::cargo();
    cargo.args([
        "test",
        "--locked",
        "-p",
        "unmask-wasm",
        "-p",
        "fancy-regex",
        "--target",
        WASM_TARGET,
        "--no-run",
    ]);
    let output = command::capture(cargo.arg("--message-format=json-render-diagnostics"))?;
    output
        .lines()
        .filter_map(|line| executable(line).transpose())
        .collect()
}

/// Name and path of the binary that a line of Cargo's messages announces, if it does.
fn executable(line: &str) -> Result<Option<(String, PathBuf)>> {
    let message: serde_json::Value = serde_json::from_str(line)?;
    let Some(path) = message["executable"].as_str().map(Path::new) else {
        return Ok(None);
    };
    let stem = path.file_stem().context("an executable has a name")?;
    Ok(Some((stem.to_string_lossy().into_owned(), path.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_executables_in_messages() {
        let line = r#"{"reason":"compiler-artifact","executable":"/t/deps/api-12.wasm"}"#;
        let expected = ("api-12".to_owned(), PathBuf::from("/t/deps/api-12.wasm"));
        assert_eq!(executable(line).unwrap(), Some(expected));
        assert_eq!(
            executable(r#"{"reason":"build-finished","executable":null}"#).unwrap(),
            None
        );
    }
}
