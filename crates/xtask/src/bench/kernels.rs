//! Matrix products as shares of what the adapter can calculate at all: `docs/bench/kernels.*`.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::{processor, write};
use crate::{command, repository};

/// What to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Times that everything is measured, in turns; medians are told
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,
    /// Folder for kernels.json and kernels.md, from the repository's
    #[arg(long, default_value = "docs/bench")]
    out: PathBuf,
}

/// What the engine's example `bench_kernels` prints (`gpu::bench::Measured`).
#[derive(Debug, Serialize, Deserialize)]
struct Found {
    adapter: String,
    backend: String,
    peak_gflops: f64,
    products: Vec<Product>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Product {
    rows: u32,
    k: u32,
    columns: u32,
    format: String,
    tile: String,
    chosen: bool,
    gflops: f64,
    share: f64,
}

/// What was found, and where.
#[derive(Debug, Serialize)]
struct Measured {
    processor: String,
    version: &'static str,
    repeats: u32,
    #[serde(flatten)]
    found: Found,
}

/// Builds and runs the engine's example, and writes.
///
/// # Errors
/// When the build or the run fails, or the files cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let mut example = command::cargo();
    // Not optimised: what is measured is compiled by the driver.
    example.args(["run", "--locked", "-p", "unmask-engine"]);
    example.args(["--example", "bench_kernels", "--"]);
    let printed = command::capture(example.arg(options.repeats.to_string()))?;
    let found = serde_json::from_str(&printed).context("bench_kernels printed something else")?;
    let measured = Measured {
        processor: processor(),
        version: env!("CARGO_PKG_VERSION"),
        repeats: options.repeats,
        found,
    };
    let files = [
        (
            "kernels.json",
            serde_json::to_string_pretty(&measured)? + "\n",
        ),
        ("kernels.md", page(&measured)),
    ];
    write(&repository::root().join(&options.out), &files)
}

fn page(measured: &Measured) -> String {
    let Measured {
        processor,
        version,
        repeats,
        found,
    } = measured;
    let mut page = format!(
        "# Products against the adapter's arithmetic\n\n\
         Made by `cargo xtask bench kernels`; do not edit. {} over {}, {processor}, version {version}. Chains of \
         fused multiplications and additions reach {:.1} GFLOP/s there (`shaders/fma_chains.wgsl`); a product's \
         share is of what the chains did right before it. Medians of {repeats}, measured in turns. Bold is what the \
         engine chooses by itself. `shaders/notes/matmul.md` says why.\n",
        found.adapter, found.backend, found.peak_gflops
    );
    for of_shape in found.products.chunk_by(|a, b| shape(a) == shape(b)) {
        let (rows, k, columns, format) = shape(&of_shape[0]);
        let _ = write!(
            page,
            "\n## {rows} x {k} x {columns}, {format}\n\n| tile | GFLOP/s | share of the peak |\n|---|---:|---:|\n"
        );
        for product in of_shape {
            let bold = if product.chosen { "**" } else { "" };
            let _ = writeln!(
                page,
                "| {bold}{}{bold} | {:.2} | {:.1} % |",
                product.tile,
                product.gflops,
                100.0 * product.share
            );
        }
    }
    page
}

fn shape(product: &Product) -> (u32, u32, u32, &str) {
    (product.rows, product.k, product.columns, &product.format)
}

#[cfg(test)]
mod tests {
    use super::{Found, Measured, page};

    #[test]
    fn the_choice_stands_out_and_shapes_have_tables_of_their_own() {
        let product = |rows: u32, chosen: bool| {
            format!(
                r#"{{"rows":{rows},"k":32,"columns":8,"format":"q8_0","tile":"lanes8","chosen":{chosen},
                    "gflops":1.5,"share":0.25}}"#
            )
        };
        let products = [product(1, true), product(2, false), product(2, true)].join(",");
        let found: Found = serde_json::from_str(&format!(
            r#"{{"adapter":"a","backend":"b","peak_gflops":6.0,"products":[{products}]}}"#
        ))
        .unwrap();
        let text = page(&Measured {
            processor: "p".to_owned(),
            version: "0",
            repeats: 1,
            found,
        });
        assert_eq!(text.matches("\n## ").count(), 2);
        assert_eq!(text.matches("| **lanes8** | 1.50 | 25.0 % |").count(), 2);
        assert_eq!(text.matches("| lanes8 | 1.50 | 25.0 % |").count(), 1);
    }
}
