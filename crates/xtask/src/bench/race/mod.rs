//! One forward of the same weights on Unmask and on onnxruntime-web: `docs/bench/race.*`.

mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::chart::{self, Panel};
use super::checkpoint::{self, Attention, Design, NARROW};
use super::{median, processor, write};
use crate::{build, command, repository, setup};

/// What to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Times that everything is measured, in turns; medians are told
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,
    /// Rows of the forwards
    #[arg(long, num_args = 1.., default_values_t = [8, 32, 128])]
    rows: Vec<u32>,
    /// Positions of text and 32 rows together, the text kept from before
    #[arg(long, num_args = 0.., default_values_t = [128, 512, 1024, 2048])]
    lengths: Vec<u32>,
    /// Only where the place's name matches this expression ("native", "wasm|native")
    #[arg(long, default_value = "")]
    places: String,
    /// Folder for race.json, race.md and race.svg, from the repository's
    #[arg(long, default_value = "docs/bench")]
    out: PathBuf,
}

/// A bidirectional Llama of 34 M parameters.
fn design() -> Design {
    Design {
        name: "bench".into(),
        attention: Attention::Full,
        widths: NARROW,
        layers: 8,
        vocabulary: 8192,
        tied: false,
    }
}

/// Builds everything, makes the models, measures and writes.
///
/// # Errors
/// When a build or a run fails, or the files cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let unmask = prepare()?;
    let target = repository::target()?.join("bench");
    let folder = target.join("race");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    twins(
        &unmask,
        &checkpoint::make(&target, &design())?,
        &folder,
        "bench",
    )?;
    twins(&unmask, &repository::path("models/tiny"), &folder, "tiny")?;
    let measured = measure(&unmask, &folder, options)?;
    let files = [
        ("race.json", serde_json::to_string_pretty(&measured)? + "\n"),
        ("race.svg", chart::draw(&panels(&measured))?),
        ("race.md", page::text(&measured)),
    ];
    write(&repository::root().join(&options.out), &files)
}

/// Builds everything, installs the peers, and tells where the command line is.
///
/// # Errors
/// When a build or the installation fails.
pub fn prepare() -> Result<PathBuf> {
    setup::wasm_target()?;
    setup::npm()?;
    build::all(build::Mode::Release)?;
    let mut install = command::new("npm");
    install.current_dir(repository::path("tests/bench"));
    command::run(install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    build::command_line()
}

/// What `race.mjs` prints, and the machine.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Processor of the machine.
    #[serde(default)]
    pub processor: String,
    /// Of browsers and packages, by name.
    pub versions: BTreeMap<String, String>,
    /// Turns that count.
    pub repeats: u32,
    /// By model, contender and rows.
    pub results: Vec<Entry>,
    /// By contender and length: few rows behind a text.
    #[serde(default)]
    pub behind: Vec<Entry>,
}

/// A contender's forwards of so many rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Of the model.
    pub model: String,
    /// Whose forward.
    pub engine: String,
    /// Where it ran.
    pub place: String,
    /// On what, in the engine's own words.
    pub adapter: String,
    /// Of the forward.
    pub rows: u32,
    /// Positions of the rows and of the text before them; none where there is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
    /// Of each turn.
    pub seconds: Vec<f64>,
    /// Share of open positions with the token that the first contender has there; the command line
    /// is not asked.
    pub same_tokens: Option<f64>,
    /// The largest difference of a confidence from the first contender's.
    pub largest_difference: Option<f64>,
}

impl Entry {
    /// The median of the turns.
    pub fn median(&self) -> f64 {
        median(self.seconds.clone())
    }

    /// Engine and place.
    pub fn contender(&self) -> String {
        format!("{}, {}", self.engine, self.place)
    }
}

fn measure(unmask: &Path, folder: &Path, options: &Options) -> Result<Measured> {
    let mut race = command::new("node");
    race.arg(repository::path("tests/bench/race.mjs"));
    race.arg("--unmask").arg(unmask).arg("--models").arg(folder);
    let list = |numbers: &[u32]| {
        let words: Vec<String> = numbers.iter().map(u32::to_string).collect();
        words.join(",")
    };
    race.args([
        "--rows",
        &list(&options.rows),
        "--lengths",
        &list(&options.lengths),
    ]);
    race.args(["--places", &options.places]);
    race.args(["--repeats", &options.repeats.to_string()]);
    let printed = command::capture(&mut race)?;
    let mut measured: Measured =
        serde_json::from_str(&printed).context("race.mjs printed no measurement")?;
    measured.processor = processor();
    Ok(measured)
}

/// A panel for each model, and one for rows behind a text.
fn panels(measured: &Measured) -> Vec<Panel> {
    let results = &measured.results;
    let models = distinct(results.iter().map(|entry| entry.model.as_str()));
    let mut panels: Vec<Panel> = (models.into_iter())
        .map(|model| {
            let own = results.iter().filter(|entry| entry.model == model);
            let title = format!("{model}: seconds of a forward");
            panel(title, "rows", &own.collect::<Vec<_>>(), |entry| entry.rows)
        })
        .collect();
    if let Some(first) = measured.behind.first() {
        let title = format!(
            "{}: seconds of {} rows behind a text",
            first.model, first.rows
        );
        let all: Vec<&Entry> = measured.behind.iter().collect();
        let length = |entry: &Entry| entry.length.unwrap_or_default();
        panels.push(panel(title, "positions", &all, length));
    }
    panels
}

/// A line for each contender.
fn panel(title: String, x: &'static str, entries: &[&Entry], at: fn(&Entry) -> u32) -> Panel {
    let line = |contender: String| {
        let own = entries
            .iter()
            .filter(|entry| entry.contender() == contender);
        let points = own.map(|entry| (f64::from(at(entry)), entry.median()));
        (contender.clone(), points.collect())
    };
    let contenders = distinct(entries.iter().map(|entry| entry.contender()));
    Panel {
        title,
        x,
        lines: contenders.into_iter().map(line).collect(),
        has_ideal: false,
    }
}

/// Each once, in the order of their first appearance.
pub fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.fold(Vec::new(), |mut seen, item| {
        if !seen.contains(&item) {
            seen.push(item);
        }
        seen
    })
}

/// Writes the model as GGUF and as ONNX, the same q4_0 weights in both, and its config beside them.
fn twins(unmask: &Path, model: &Path, folder: &Path, name: &str) -> Result<()> {
    let file = |ending: &str| folder.join(format!("{name}.{ending}"));
    fs::copy(model.join("config.json"), file("json"))?;
    to_gguf(unmask, model, &file("gguf"))?;
    let mut write = command::new("node");
    write.arg(repository::path("tests/bench/onnx/write.mjs"));
    command::run(write.args([file("gguf"), file("json"), folder.join(name)]))
}

/// Writes the model as GGUF, all matrices in q4_0.
///
/// # Errors
/// When the command line fails.
pub fn to_gguf(unmask: &Path, model: &Path, file: &Path) -> Result<()> {
    let mut convert = command::new(unmask);
    convert.arg("convert").args([model, file]);
    command::run(convert.args(["--dtype", "q4_0", "--embed", "q4_0", "--head", "q4_0"]))
}

#[cfg(test)]
mod tests {
    use super::{Entry, Measured, page, panels};

    fn measured() -> Measured {
        let text = r#"{"versions": {"chromium": "Chrome/1"}, "repeats": 3, "results": [
            {"model": "bench", "engine": "unmask", "place": "chromium, wasm", "adapter": "CPU", "rows": 8,
             "seconds": [0.2, 0.1, 9.0], "sameTokens": 1.0, "largestDifference": 0.0},
            {"model": "bench", "engine": "onnxruntime-web", "place": "chromium, wasm", "adapter": "wasm",
             "rows": 8, "seconds": [0.5, 0.6, 0.4], "sameTokens": 1.0, "largestDifference": 0.001},
            {"model": "bench", "engine": "onnxruntime-web", "place": "chromium, WebGPU", "adapter": "webgpu",
             "rows": 8, "seconds": [0.8], "sameTokens": 1.0, "largestDifference": 0.001}],
            "behind": [
            {"model": "bench", "engine": "unmask", "place": "chromium, WebGPU", "adapter": "", "rows": 32,
             "length": 128, "seconds": [0.5], "sameTokens": 1.0},
            {"model": "bench", "engine": "unmask", "place": "chromium, wasm", "adapter": "", "rows": 32,
             "length": 128, "seconds": [0.1]},
            {"model": "bench", "engine": "unmask", "place": "chromium, wasm", "adapter": "", "rows": 32,
             "length": 512, "seconds": [0.2]}]}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn every_contender_is_a_line() {
        let measured = measured();
        assert_eq!(
            measured
                .results
                .iter()
                .map(Entry::median)
                .collect::<Vec<_>>(),
            [0.2, 0.5, 0.8]
        );
        let panels = panels(&measured);
        assert_eq!(panels.len(), 2);
        assert_eq!(panels[1].lines[1].1, [(128.0, 0.1), (512.0, 0.2)]);
        let lines = &panels[0].lines;
        assert_eq!(
            lines[1],
            (
                "onnxruntime-web, chromium, wasm".to_owned(),
                vec![(8.0, 0.5)]
            )
        );
    }

    #[test]
    fn the_page_tells_times_and_their_ratio_in_the_same_place() {
        let page = page::text(&measured());
        assert!(
            page.contains("| onnxruntime-web, chromium, wasm | 500.0 (2.50) |"),
            "{page}"
        );
        assert!(
            page.contains("WebGPU provider takes 4.0 times as long (8 rows) in"),
            "{page}"
        );
        assert!(
            page.contains("| unmask, chromium, WebGPU | 500.0 | – | 100 % |"),
            "{page}"
        );
        assert!(
            page.contains("| unmask, chromium, wasm | 100.0 | 200.0 |  |"),
            "{page}"
        );
    }
}
