//! The download size of the engine: printed on every build, and held under a committed number.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Mode;
use crate::repository;

/// The file with the budgets, by the folder of a build: `{"npm/wasm": N}`, bytes of wasm and glue.
const BUDGET: &str = "npm/size-budget.json";

/// Prints the gzip size of a build of the module and its glue: a visitor fetches one.
///
/// # Errors
/// When a published build is larger than the budget.
pub fn report(mode: Mode, folder: &str) -> Result<()> {
    let mut total = 0;
    for file in repository::files(
        &repository::path(folder),
        &["_bg.wasm", "unmask_wasm.js", "unmask_threads.js"],
    ) {
        let (raw, gzip) = sizes(&file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        println!(
            "  {name:<24} {:>8} {:>8} gzip",
            kilobytes(raw),
            kilobytes(gzip)
        );
        total += gzip;
    }
    let budget = budget(
        &fs::read_to_string(repository::path(BUDGET)).context(BUDGET)?,
        folder,
    )?;
    println!("  {folder}: {total} bytes gzip, budget {budget}");
    if mode == Mode::Release && total > budget {
        bail!(
            "{folder} is {} bytes over the budget of {BUDGET}",
            total - budget
        );
    }
    Ok(())
}

fn budget(text: &str, folder: &str) -> Result<usize> {
    let json: serde_json::Value = serde_json::from_str(text).context(BUDGET)?;
    let bytes = json[folder].as_u64();
    let bytes = bytes.with_context(|| format!("{BUDGET} has no number \"{folder}\""))?;
    Ok(usize::try_from(bytes)?)
}

/// (raw, gzip) bytes of a file, at the best compression as static hosts use it.
fn sizes(file: &Path) -> Result<(usize, usize)> {
    let bytes = fs::read(file)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    Ok((bytes.len(), encoder.finish()?.len()))
}

fn kilobytes(bytes: usize) -> String {
    format!("{:.1} kB", bytes as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::budget;

    #[test]
    fn the_budget_is_a_number() {
        assert_eq!(budget(r#"{"a": 12, "b": 3}"#, "b").unwrap(), 3);
        assert!(budget(r#"{"a": 12}"#, "b").is_err());
        assert!(budget(r#"{"a": "12"}"#, "a").is_err());
        assert!(budget("{", "a").is_err());
    }
}
