//! Smaller files of what was compiled: wasm-opt from the npm package `binaryen`, and esbuild.

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
    // Of the build for threads; without effect on the other, which has no shared memory.
    "--enable-threads",
];

/// Replaces the JavaScript glue by the same without comments and long names.
pub fn glue(script: &Path) -> Result<()> {
    let mut node = command::new("node");
    node.args([
        "node_modules/esbuild/bin/esbuild",
        "--minify",
        "--format=esm",
    ]);
    node.args(["--allow-overwrite", "--log-level=warning"])
        .arg(script);
    command::run(node.arg(format!("--outfile={}", script.display())))
}

/// Replaces a module by its optimised form.
pub fn module(module: &Path) -> Result<()> {
    let output = module.with_extension("opt");
    let mut node = command::new("node");
    node.arg("node_modules/binaryen/bin/wasm-opt").args(OPTIONS);
    command::run(node.arg(module).arg("-o").arg(&output))?;
    fs::rename(output, module)?;
    Ok(())
}
