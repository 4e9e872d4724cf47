//! Every test of the repository.

mod browser;
pub mod rust;

use anyhow::Result;
use clap::ValueEnum;

use crate::stages::Stages;
use crate::{build, setup};

/// Part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// Format, clippy and all Rust tests on this machine, on the GPU or lavapipe
    Native,
    /// The wasm build, its size, TypeScript, and wasm-bindgen tests in the browsers
    Wasm,
    /// The built package and demo in Chromium and Firefox, and the packed package in fresh projects
    Browser,
}

/// Sets up what is missing and runs one group of tests, or all.
///
/// # Errors
/// When something is missing that cannot be installed, or a stage fails.
pub fn run(group: Option<Group>) -> Result<()> {
    let wants = |one: Group| group.is_none_or(|wanted| wanted == one);
    setup::wasm_target()?;
    setup::npm()?;
    setup::browsers_and_drivers()?;
    let mut stages = Stages::default();
    if wants(Group::Native) {
        native(&mut stages);
    }
    let built = group != Some(Group::Native)
        && stages.run("build and size", || build::all(build::Mode::Release));
    if wants(Group::Wasm) {
        stages.run_after(built, "types", build::check_types);
        stages.run_after(built, "npm unit tests", build::unit_tests);
        stages.run_after(built, "npm reference", build::reference);
        stages.run("wasm-bindgen tests", browser::wasm_bindgen_tests);
    }
    if wants(Group::Browser) {
        stages.run_after(built, "browser tests", browser::tests);
        stages.run_after(built, "package tests", browser::package_tests);
    }
    stages.finish()
}

fn native(stages: &mut Stages) {
    stages.run("format", rust::format);
    // Building the engine also assembles, parses and validates every shader variant.
    stages.run("clippy, native", rust::clippy_native);
    stages.run("clippy, wasm32", rust::clippy_wasm);
    stages.run("native tests", rust::tests);
    stages.run("doc tests", rust::doc_tests);
}
