//! wasm-opt from the npm package `binaryen`.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::command;

/// Smallest code, and exactly the features that the compiler was allowed to use: a browser without
/// one of them could not load the module anyway.
pub const OPTIONS: &[&str] = &[
    "-Oz",
    // Generic code leaves many functions that differ in constants only.
    "--merge-similar-functions",
    "-Oz",
    "--strip-debug",
    "--strip-producers",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// Replaces a module by its optimised form.
pub fn in_place(module: &Path) -> Result<()> {
    let output = module.with_extension("opt");
    let mut node = command::new("node");
    node.arg("node_modules/binaryen/bin/wasm-opt").args(OPTIONS);
    command::run(node.arg(module).arg("-o").arg(&output))?;
    fs::rename(output, module)?;
    Ok(())
}
