//! Measurements, a subcommand each; what they find is kept in `docs/bench`.

mod chart;
mod checkpoint;
mod generation;
mod kernels;
mod length;
mod products;
mod race;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// What to measure.
#[derive(clap::Subcommand)]
pub enum Bench {
    /// What a step and a text cost as the text grows, with and without caches
    Length(length::Options),
    /// The GPU's matrix products as shares of what the adapter can calculate at all
    Kernels(kernels::Options),
    /// The CPU executor's products, by weight format and instruction set
    Cpu(products::Options),
    /// One forward against other engines: native, in Chromium and in Firefox
    Race(race::Options),
    /// Whole answers: diffusion against the autoregressive twin, and against transformers.js
    Generation(generation::Options),
}

/// Measures and writes.
///
/// # Errors
/// When a build or a run fails, or the files cannot be written.
pub fn run(bench: &Bench) -> Result<()> {
    match bench {
        Bench::Length(options) => length::run(options),
        Bench::Kernels(options) => kernels::run(options),
        Bench::Cpu(options) => products::run(options),
        Bench::Race(options) => race::run(options),
        Bench::Generation(options) => generation::run(options),
    }
}

/// Writes files into a folder and tells where they are.
fn write(folder: &Path, files: &[(&str, String)]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in files {
        let file = folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        println!("wrote {}", file.display());
    }
    Ok(())
}

/// The middle value, the lower of two; 0 of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or_default()
}

/// The processor's name where the system tells it.
fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = name.map(|name| name.trim_start_matches([' ', '\t', ':']).to_owned());
    name.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn a_median_is_one_of_the_values() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.0);
        assert_eq!(median(Vec::new()), 0.0);
    }
}
