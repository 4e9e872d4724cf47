//! Spoiled files for the engine's parsers: `crates/fuzz`, built for speed.

use anyhow::Result;

use crate::command;

/// Parses so many spoiled files; a file that something is wrong with lies in the current folder.
///
/// # Errors
/// When there is such a file.
pub fn run(executions: u64, seed: u64) -> Result<()> {
    let mut cargo = command::cargo();
    cargo.args(["run", "--locked", "--release", "-p", "unmask-fuzz", "--"]);
    let (executions, seed) = (executions.to_string(), seed.to_string());
    command::run(cargo.args(["--executions", &executions, "--seed", &seed]))
}
