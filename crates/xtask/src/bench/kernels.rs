//! Matrix products as shares of what the adapter can calculate at all: `docs/bench/kernels.*`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::{processor, write};
use crate::{build, command, repository, setup};

/// What to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Times that everything is measured, in turns; medians are told
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,
    /// Browsers to measure in too, by comma; none with an empty word
    #[arg(long, default_value = "chromium")]
    browsers: String,
    /// Folder for kernels.json and kernels.md, from the repository's
    #[arg(long, default_value = "docs/bench")]
    out: PathBuf,
}

/// What `gpu::bench` measured in a place.
#[derive(Debug, Serialize, Deserialize)]
struct Found {
    /// Name and version of the browser; none natively.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    adapter: String,
    backend: String,
    peak_gflops: f64,
    quad_peak_gflops: f64,
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
    share_of_quads: f64,
}

/// What was found, and where.
#[derive(Debug, Serialize)]
struct Measured {
    processor: String,
    version: &'static str,
    repeats: u32,
    /// By place: native, and the browsers.
    places: BTreeMap<String, Found>,
}

/// Builds everything, runs the engine's example and the site's page in the browsers, and writes.
///
/// # Errors
/// When a build or a run fails, or the files cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let mut places = BTreeMap::from([("native".to_owned(), natively(options.repeats)?)]);
    if !options.browsers.is_empty() {
        places.extend(in_browsers(&options.browsers)?);
    }
    let measured = Measured {
        processor: processor(),
        version: env!("CARGO_PKG_VERSION"),
        repeats: options.repeats,
        places,
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

fn natively(repeats: u32) -> Result<Found> {
    let mut example = command::cargo();
    // Not optimised: what is measured is compiled by the driver.
    example.args(["run", "--locked", "-p", "unmask-engine"]);
    example.args(["--example", "bench_kernels", "--"]);
    let printed = command::capture(example.arg(repeats.to_string()))?;
    serde_json::from_str(&printed).context("bench_kernels printed something else")
}

fn in_browsers(browsers: &str) -> Result<BTreeMap<String, Found>> {
    setup::wasm_target()?;
    setup::npm()?;
    build::all(build::Mode::Release)?;
    let mut pages = command::new("node");
    pages.arg(repository::path("tests/bench/kernels.mjs"));
    let printed = command::capture(pages.args(["--browsers", browsers]))?;
    serde_json::from_str(&printed).context("kernels.mjs printed something else")
}

fn page(measured: &Measured) -> String {
    let Measured {
        processor,
        version,
        repeats,
        ..
    } = measured;
    let mut page = format!(
        "# Products against the adapter's arithmetic\n\n\
         Made by `cargo xtask bench kernels`; do not edit. {processor}, version {version}. A product's share is of \
         what chains of fused multiplications and additions (`shaders/fma_chains.wgsl`) did right before it: chains \
         of numbers, and of `vec4<f32>`. Medians of {repeats} natively and of 5 in browsers, measured in turns. Bold \
         is what the engine chooses by itself. `shaders/notes/matmul.md` says why.\n\n\
         | place | adapter | chains of numbers | chains of `vec4<f32>` |\n|---|---|---:|---:|\n"
    );
    for (place, found) in &measured.places {
        let place = found.version.as_ref().unwrap_or(place);
        let adapter = [&found.adapter, &found.backend].map(String::as_str);
        let adapter = adapter.into_iter().filter(|word| !word.is_empty());
        let _ = writeln!(
            page,
            "| {place} | {} | {:.1} GFLOP/s | {:.1} GFLOP/s |",
            adapter.collect::<Vec<_>>().join(", "),
            found.peak_gflops,
            found.quad_peak_gflops
        );
    }
    for (place, found) in &measured.places {
        for of_shape in found.products.chunk_by(|a, b| shape(a) == shape(b)) {
            table(&mut page, place, of_shape);
        }
    }
    page
}

/// The tiles of a product.
fn table(page: &mut String, place: &str, products: &[Product]) {
    let (rows, k, columns, format) = shape(&products[0]);
    let _ = write!(
        page,
        "\n## {place}: {rows} x {k} x {columns}, {format}\n\n\
         | tile | GFLOP/s | share of the chains | of those of `vec4<f32>` |\n|---|---:|---:|---:|\n"
    );
    for product in products {
        let bold = if product.chosen { "**" } else { "" };
        let _ = writeln!(
            page,
            "| {bold}{}{bold} | {:.2} | {:.1} % | {:.1} % |",
            product.tile,
            product.gflops,
            100.0 * product.share,
            100.0 * product.share_of_quads
        );
    }
}

fn shape(product: &Product) -> (u32, u32, u32, &str) {
    (product.rows, product.k, product.columns, &product.format)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Found, Measured, page};

    #[test]
    fn the_choice_stands_out_and_shapes_have_tables_of_their_own() {
        let product = |rows: u32, chosen: bool| {
            format!(
                r#"{{"rows":{rows},"k":32,"columns":8,"format":"q8_0","tile":"lanes8","chosen":{chosen},
                    "gflops":1.5,"share":0.25,"share_of_quads":0.5}}"#
            )
        };
        let products = [product(1, true), product(2, false), product(2, true)].join(",");
        let found: Found = serde_json::from_str(&format!(
            r#"{{"adapter":"a","backend":"","peak_gflops":6.0,"quad_peak_gflops":3.0,"products":[{products}]}}"#
        ))
        .unwrap();
        let text = page(&Measured {
            processor: "p".to_owned(),
            version: "0",
            repeats: 1,
            places: BTreeMap::from([("native".to_owned(), found)]),
        });
        assert!(
            text.contains("| native | a | 6.0 GFLOP/s | 3.0 GFLOP/s |"),
            "{text}"
        );
        assert_eq!(text.matches("\n## native: ").count(), 2);
        assert_eq!(
            text.matches("| **lanes8** | 1.50 | 25.0 % | 50.0 % |")
                .count(),
            2
        );
        assert_eq!(
            text.matches("| lanes8 | 1.50 | 25.0 % | 50.0 % |").count(),
            1
        );
    }
}
