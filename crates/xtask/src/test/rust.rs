//! Formatting, lints and tests of the Rust code.

use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::setup::WASM_TARGET;

/// Formatting of all crates.
pub fn format() -> Result<()> {
    command::run(command::cargo().args(["fmt", "--all", "--check"]))
}

/// Lints of everything that runs on this machine; a warning is an error.
pub fn clippy_native() -> Result<()> {
    let mut cargo = command::cargo();
    cargo.args(["clippy", "--locked", "--workspace", "--all-targets"]);
    command::run(cargo.args(["--", "-D", "warnings"]))
}

/// Lints of what runs in the browser, where other code is compiled than natively.
pub fn clippy_wasm() -> Result<()> {
    let mut cargo = command::cargo();
    cargo.args([
        "clippy",
        "--locked",
        "-p",
        "unmask-engine",
        "-p",
        "unmask-wasm",
        "-p",
        "unmask-conformance",
    ]);
    command::run(cargo.args(["--target", WASM_TARGET, "--", "-D", "warnings"]))
}

/// Tests inside the source files: no GPU needed.
pub fn unit_tests() -> Result<()> {
    command::run(runner().args(["--locked", "--workspace", "--lib", "--bins"]))
}

/// All native tests, on the GPU too: a missing adapter fails them.
pub fn tests() -> Result<()> {
    let mut runner = runner();
    runner.args(["--locked", "--workspace", "--no-fail-fast"]);
    command::run(runner.env("REQUIRE_GPU", "1"))
}

/// Examples in the documentation.
pub fn doc_tests() -> Result<()> {
    let mut cargo = command::cargo();
    command::run(
        cargo
            .args(["test", "--locked", "--workspace", "--doc"])
            .env("REQUIRE_GPU", "1"),
    )
}

/// nextest where it is installed: it runs test binaries side by side. Cargo's own runner does as well.
fn runner() -> Command {
    let mut cargo = command::cargo();
    if command::find(&["cargo-nextest"]).is_some() {
        cargo.args(["nextest", "run"]);
    } else {
        cargo.arg("test");
    }
    cargo
}
