//! How fast the CPU executor's products are: `docs/bench/cpu.md`.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{command, repository};

/// Where to write.
#[derive(clap::Args)]
pub struct Options {
    /// Folder for cpu.md, from the repository's
    #[arg(long, default_value = "docs/bench")]
    out: PathBuf,
}

/// A line of `crates/simd/examples/products.rs`.
#[derive(Deserialize)]
struct Speed {
    format: String,
    instructions: String,
    rows: u32,
    columns: u32,
    k: u32,
    gflops: f64,
}

/// Builds the example, runs it and writes the page.
///
/// # Errors
/// When the build or the run fails, or the page cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let mut example = command::cargo();
    example.args(["run", "--quiet", "--release", "--package", "unmask-simd"]);
    let speeds = parse(&command::capture(example.args(["--example", "products"]))?)?;
    let page = page(&speeds, &super::processor());
    super::write(&repository::root().join(&options.out), &[("cpu.md", page)])
}

fn parse(lines: &str) -> Result<Vec<Speed>> {
    let speeds = lines.lines().map(serde_json::from_str);
    speeds
        .collect::<Result<_, _>>()
        .context("a line of the example is no speed")
}

fn page(speeds: &[Speed], processor: &str) -> String {
    let mut page = format!(
        "# Products on the CPU\n\n\
         Made by `cargo xtask bench cpu`; do not edit. GFLOP/s on one thread of {processor}, the \
         shortest of many times, with everything that a forward does for a product: activations are \
         rounded and weights unpacked each time. f32 and f16 are by the `gemm` crate, q8_0 and q4_0 \
         by integers, with each set of instructions that the machine has.\n"
    );
    for shape in distinct(speeds, |speed| (speed.columns, speed.k)) {
        let of_shape = |speed: &&Speed| (speed.columns, speed.k) == shape;
        let speeds: Vec<&Speed> = speeds.iter().filter(of_shape).collect();
        table(&mut page, shape, &speeds);
    }
    page
}

/// A line each format and instruction set, a column each number of rows.
fn table(page: &mut String, (columns, k): (u32, u32), speeds: &[&Speed]) {
    let rows = distinct(speeds, |speed| speed.rows);
    let heads: String = rows.iter().map(|rows| format!(" {rows} |")).collect();
    let rule = "---:|".repeat(rows.len());
    let _ = writeln!(
        page,
        "\nRows × {k} × {columns}:\n\n| weights | by |{heads}\n|---|---|{rule}"
    );
    for kind in distinct(speeds, |speed| {
        (speed.format.clone(), speed.instructions.clone())
    }) {
        let cell = |rows: &u32| {
            let found = speeds.iter().find(|speed| {
                speed.rows == *rows && (&speed.format, &speed.instructions) == (&kind.0, &kind.1)
            });
            found.map_or(" |".into(), |speed| format!(" {:.1} |", speed.gflops))
        };
        let cells: String = rows.iter().map(cell).collect();
        let _ = writeln!(page, "| {} | {} |{cells}", kind.0, kind.1);
    }
}

/// What `key` says of the items, each once, in the order of their first.
fn distinct<T, K: PartialEq>(items: &[T], key: impl Fn(&T) -> K) -> Vec<K> {
    let mut found = Vec::new();
    for key in items.iter().map(key) {
        if !found.contains(&key) {
            found.push(key);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{page, parse};

    #[test]
    fn the_page_has_a_line_each_kind_and_a_column_each_number_of_rows() {
        let line = |kind: &str, rows: u32, speed: f64| {
            format!(
                "{{\"format\":\"q8_0\",\"instructions\":\"{kind}\",\"rows\":{rows},\
                 \"columns\":64,\"k\":32,\"gflops\":{speed}}}\n"
            )
        };
        let lines = [
            line("Slow", 1, 1.5),
            line("Fast", 1, 20.0),
            line("Fast", 8, 90.0),
        ];
        let page = page(&parse(&lines.concat()).unwrap(), "a processor");
        assert!(page.contains("a processor") && page.contains("Rows × 32 × 64"));
        assert!(page.contains("| weights | by | 1 | 8 |"));
        assert!(page.contains("| q8_0 | Slow | 1.5 | |\n"));
        assert!(page.contains("| q8_0 | Fast | 20.0 | 90.0 |\n"));
        assert!(parse("not json").is_err());
    }
}
