//! The quick loop before a commit.

use anyhow::Result;

use crate::stages::Stages;
use crate::test::rust;
use crate::{build, setup};

/// Runs what finds most mistakes in the least time: no GPU and no browser is needed.
///
/// # Errors
/// When a stage fails.
pub fn run() -> Result<()> {
    setup::wasm_target()?;
    setup::npm()?;
    let mut stages = Stages::default();
    stages.run("format", rust::format);
    // Building the engine also assembles, parses and validates every shader variant.
    stages.run("clippy, native", rust::clippy_native);
    stages.run("clippy, wasm32", rust::clippy_wasm);
    stages.run("unit tests", rust::unit_tests);
    let built = stages.run("build and size", || build::all(build::Mode::Release));
    stages.run_after(built, "types", build::check_types);
    stages.finish()
}
