//! Whole answers: diffusion against the autoregressive twin, and against transformers.js running that
//! twin: `docs/bench/generation.*`.

mod arithmetic;
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::chart::{self, Panel};
use super::race::{self, distinct};
use super::{median, processor, write};
use crate::{command, repository};

use arithmetic::Totals;

/// What to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Times that everything is written, in turns; medians are told
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,
    /// Only where the place's name matches this expression ("native", "wasm|native")
    #[arg(long, default_value = "")]
    places: String,
    /// Measure nothing: write the page of this generation.json again
    #[arg(long)]
    from: Option<PathBuf>,
    /// Folder for generation.json, generation.md and generation.svg, from the repository's
    #[arg(long, default_value = "docs/bench")]
    out: PathBuf,
}

/// Of one network and corpus.
const MODELS: [&str; 3] = ["tiny", "tiny-block", AUTOREGRESSIVE];
const AUTOREGRESSIVE: &str = "tiny-ar";

/// Builds everything, converts the models, has everyone write, and writes what it took.
///
/// # Errors
/// When a build or a run fails, or the files cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let measured = match &options.from {
        Some(file) => {
            let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
            Measured::parse(&text)?
        }
        None => prepare_and_measure(options)?,
    };
    let files = [
        (
            "generation.json",
            serde_json::to_string_pretty(&measured)? + "\n",
        ),
        ("generation.svg", chart::draw(&panels(&measured))?),
        ("generation.md", page::text(&measured)),
    ];
    write(&repository::root().join(&options.out), &files)
}

fn prepare_and_measure(options: &Options) -> Result<Measured> {
    let unmask = race::prepare()?;
    let folder = repository::target()?.join("bench/generation");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for name in MODELS {
        let model = repository::path("models").join(name);
        race::to_gguf(&unmask, &model, &folder.join(format!("{name}.gguf")))?;
    }
    write_twin(&folder)?;
    measure(&unmask, &folder, options)
}

/// Writes the autoregressive model as transformers.js loads it.
fn write_twin(folder: &Path) -> Result<()> {
    let twin = folder.join(AUTOREGRESSIVE);
    fs::create_dir_all(&twin)?;
    let model = repository::path("models").join(AUTOREGRESSIVE);
    for file in repository::files(&model, &[".json"]) {
        fs::copy(&file, twin.join(file.file_name().unwrap_or_default()))?;
    }
    let mut node = command::new("node");
    node.arg(repository::path("tests/bench/onnx/write_causal.mjs"));
    let source = folder.join(format!("{AUTOREGRESSIVE}.gguf"));
    command::run(node.args([source, twin]))
}

fn measure(unmask: &Path, folder: &Path, options: &Options) -> Result<Measured> {
    let mut node = command::new("node");
    node.arg(repository::path("tests/bench/generation.mjs"));
    node.arg("--unmask").arg(unmask).arg("--models").arg(folder);
    node.args(["--repeats", &options.repeats.to_string()]);
    let printed = command::capture(node.args(["--places", &options.places]))?;
    Measured::parse(&printed)
}

/// What `generation.mjs` prints, and the machine.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    #[serde(default)]
    processor: String,
    /// Of browsers and packages, by name.
    versions: BTreeMap<String, String>,
    /// Turns that count.
    repeats: u32,
    /// What was asked.
    messages: Vec<Message>,
    /// Options of each of Unmask's models.
    methods: BTreeMap<String, serde_json::Value>,
    /// Whose answers were the same.
    texts: Vec<Text>,
    results: Vec<Writer>,
    forwards: Vec<Forward>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Message {
    task: String,
    prompt: String,
    length: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Text {
    writer: String,
    /// Of how many messages the answer has the ids of transformers.js; only of the model that it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    same: Option<usize>,
}

/// All that one wrote.
#[derive(Debug, Serialize, Deserialize)]
struct Writer {
    engine: String,
    model: String,
    place: String,
    adapter: String,
    runs: Vec<Run>,
}

/// One answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Run {
    message: usize,
    task: String,
    tokens: usize,
    seconds: f64,
    forwards: usize,
    rows: usize,
}

/// A forward of `tiny` by itself.
#[derive(Debug, Serialize, Deserialize)]
struct Forward {
    place: String,
    rows: u32,
    /// Of each turn.
    seconds: Vec<f64>,
}

/// Name of a kind of answers, and whether a task is of the kind.
type Kind = (&'static str, fn(&str) -> bool);

const KINDS: [Kind; 2] = [
    ("stories", |task| task == "story"),
    ("tasks", |task| task != "story"),
];

impl Writer {
    /// What all answers of a kind took, each by the median of its turns.
    fn totals(&self, is_kind: fn(&str) -> bool) -> Totals {
        let of_kind: Vec<&Run> = self.runs.iter().filter(|run| is_kind(&run.task)).collect();
        let messages = distinct(of_kind.iter().map(|run| run.message));
        let each = messages.into_iter().map(|message| {
            let own: Vec<&&Run> = (of_kind.iter())
                .filter(|run| run.message == message)
                .collect();
            Totals {
                // Nothing is by chance: every turn writes the same.
                tokens: own[0].tokens,
                forwards: own[0].forwards,
                rows: own[0].rows,
                seconds: median(own.iter().map(|run| run.seconds).collect()),
            }
        });
        each.sum()
    }
}

impl Measured {
    /// Of what `generation.mjs` printed, on this machine; or of a generation.json.
    fn parse(text: &str) -> Result<Self> {
        let mut measured: Self = serde_json::from_str(text).context("this is no measurement")?;
        if measured.processor.is_empty() {
            measured.processor = processor();
        }
        Ok(measured)
    }

    /// Rows and seconds of forwards at a place.
    fn curve(&self, place: &str) -> Vec<(f64, f64)> {
        let own = self
            .forwards
            .iter()
            .filter(|forward| forward.place == place);
        own.map(|forward| (f64::from(forward.rows), median(forward.seconds.clone())))
            .collect()
    }

    fn places(&self) -> Vec<&str> {
        distinct(self.results.iter().map(|writer| writer.place.as_str()))
    }

    fn writer(&self, engine: &str, model: &str, place: &str) -> Option<&Writer> {
        self.results.iter().find(|writer| {
            (&*writer.engine, &*writer.model, &*writer.place) == (engine, model, place)
        })
    }
}

/// What a forward costs; and what it may cost, with what it brings.
fn panels(measured: &Measured) -> Vec<Panel> {
    let places = || measured.places().into_iter();
    let curves = |of: fn(f64, f64) -> f64| {
        let line = move |place: &str| {
            let curve = measured.curve(place);
            let one = curve.first().map_or(1.0, |first| first.1);
            let points = curve
                .iter()
                .map(|&(rows, seconds)| (rows, of(seconds, one)));
            (place.to_owned(), points.collect::<Vec<_>>())
        };
        places().map(line).collect::<Vec<_>>()
    };
    let mut relative = curves(|seconds, one| seconds / one);
    for (kind, is_kind) in KINDS {
        for model in MODELS.into_iter().filter(|model| *model != AUTOREGRESSIVE) {
            let writer = places().find_map(|place| measured.writer("unmask", model, place));
            let totals = writer.map(|writer| writer.totals(is_kind));
            relative.extend(totals.map(|totals| {
                let point = (totals.rows_per_forward(), totals.tokens_per_forward());
                (format!("{model}, {kind}"), vec![point])
            }));
        }
    }
    let panel = |title: &str, lines| Panel {
        title: title.to_owned(),
        x: "rows of a forward",
        lines,
        has_ideal: false,
    };
    vec![
        panel("seconds of a forward", curves(|seconds, _| seconds)),
        panel(
            "a forward's time in forwards of one row; dots: tokens a forward",
            relative,
        ),
    ]
}

#[cfg(test)]
mod tests;
