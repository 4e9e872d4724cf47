//! What a step and a text cost as the text grows, with and without caches: `docs/bench`.

mod measured;
mod models;
mod page;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use self::measured::{Line, Measured, OfModel, Point};
use self::models::{MODELS, Model, Plan};
use super::chart::{self, Panel};
use super::{checkpoint, median, processor, write};
use crate::{build, command, repository};

/// What to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Times that everything is measured, in turns; medians are told
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,
    /// Where to compute: cpu or gpu
    #[arg(long, default_value = "cpu")]
    device: String,
    /// Format of the weights
    #[arg(long, default_value = "q8_0")]
    dtype: String,
    /// Positions of prompt and canvas together
    #[arg(long, num_args = 1.., default_values_t = [256, 512, 1024, 2048])]
    length: Vec<u32>,
    /// Folder for length.json, length.md and length.svg, from the repository's
    #[arg(long, default_value = "docs/bench")]
    out: PathBuf,
}

/// Positions of the canvas; the rest is the prompt.
const CANVAS: u32 = 64;
/// Positions of a block.
const BLOCK: u32 = 32;
/// Steps for the canvas.
const STEPS: u32 = 16;

/// Builds the command line, makes models of random weights, measures and writes.
///
/// # Errors
/// When the build or a run fails, or the files cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let unmask = build::command_line()?;
    let folder = repository::target()?.join("bench");
    let cases: Vec<(&Model, &Plan, u32)> = cases(&options.length).collect();
    let mut runs = vec![Vec::new(); cases.len()];
    for repeat in 0..options.repeats {
        println!("repeat {} of {}", repeat + 1, options.repeats);
        for (found, (model, plan, length)) in runs.iter_mut().zip(&cases) {
            let checkpoint = checkpoint::make(&folder, &model.design(plan))?;
            found.push(generate(&unmask, &checkpoint, plan, *length, options)?);
        }
    }
    let measured = Measured {
        device: runs[0]
            .first()
            .map_or_else(String::new, |run| run.device.clone()),
        processor: processor(),
        dtype: options.dtype.clone(),
        version: env!("CARGO_PKG_VERSION"),
        repeats: options.repeats,
        models: models(&runs, &options.length),
    };
    let json = serde_json::to_string_pretty(&measured)? + "\n";
    let files = [
        ("length.json", json),
        ("length.svg", chart::draw(&panels(&measured.models))?),
        ("length.md", page::text(&measured)),
    ];
    write(&repository::root().join(&options.out), &files)
}

/// Everything that is measured, in the order of its figures.
fn cases(lengths: &[u32]) -> impl Iterator<Item = (&'static Model, &'static Plan, u32)> {
    let plans = MODELS
        .iter()
        .flat_map(|model| model.plans.iter().map(move |plan| (model, plan)));
    plans.flat_map(move |(model, plan)| lengths.iter().map(move |length| (model, plan, *length)))
}

/// The picture's: a step of every model, and the whole canvas of the first, which has all plans.
fn panels(models: &[OfModel]) -> Vec<Panel> {
    let panel = |title: String, lines: &[Line], get: fn(&Point) -> f64| Panel {
        title,
        x: "positions of prompt and canvas",
        lines: lines
            .iter()
            .map(|line| {
                let points = line.points.iter();
                let points = points.map(|point| (f64::from(point.length), get(point)));
                (line.name.to_owned(), points.collect())
            })
            .collect(),
        has_ideal: true,
    };
    let step = |model: &OfModel| {
        let title = format!("{}: a step within a block, seconds", model.name);
        panel(title, &model.lines, |point| point.step_seconds)
    };
    let total = |model: &OfModel| {
        let title = format!("{}: {CANVAS} tokens in {STEPS} steps, seconds", model.name);
        panel(title, &model.lines, |point| point.total_seconds)
    };
    let mut panels: Vec<Panel> = models.iter().map(step).collect();
    panels.splice(1..1, models.first().map(total));
    panels
}

/// One run: what each step took, and all of them.
#[derive(Clone)]
struct Run {
    device: String,
    /// Rows of a step within a block.
    rows: u32,
    step_seconds: f64,
    total_seconds: f64,
}

/// A line of `unmask generate --json`: a frame, or the result.
#[derive(Deserialize)]
struct JsonLine {
    frame: Option<Frame>,
    device: Option<String>,
}

#[derive(Deserialize)]
struct Frame {
    rows: u32,
    seconds: f64,
}

fn generate(
    unmask: &Path,
    model: &Path,
    plan: &Plan,
    length: u32,
    options: &Options,
) -> Result<Run> {
    if length <= CANVAS {
        bail!("a length of {length} leaves no prompt before the canvas of {CANVAS}");
    }
    let canvas = model.join(format!("canvas-{length}.json"));
    let ids: Vec<u32> = (0..length - CANVAS).map(|i| 300 + i * 37 % 3000).collect();
    let segments = serde_json::json!({"segments": [{"ids": ids}, {"mask": CANVAS}]});
    fs::write(&canvas, segments.to_string())?;
    let mut generate = command::new(unmask);
    generate
        .arg("generate")
        .arg("--model")
        .arg(model)
        .arg("--canvas")
        .arg(&canvas);
    generate.args(["--device", &options.device, "--dtype", &options.dtype]);
    generate.args(["--cache", plan.cache, "--block", &BLOCK.to_string()]);
    // The prompt is a part of the canvas here, and steps are counted over all of it. The stop token
    // is banned, so that every run is as long as the others.
    let steps = (STEPS * length / CANVAS).to_string();
    generate.args(["--steps", &steps, "--ban", "0", "--json"]);
    summary(&command::capture(&mut generate)?)
}

/// What the lines of a run come to. Steps within a block forward the fewest rows of all.
fn summary(lines: &str) -> Result<Run> {
    let (mut frames, mut device) = (Vec::new(), None);
    for line in lines.lines() {
        let line: JsonLine = serde_json::from_str(line).context("a line of --json is no frame")?;
        frames.extend(line.frame);
        device = line.device.or(device);
    }
    let least = frames.iter().map(|frame| frame.rows).min();
    let (Some(rows), Some(device), Some(last)) = (least, device, frames.last()) else {
        bail!("the run made no step");
    };
    let before = [0.0]
        .into_iter()
        .chain(frames.iter().map(|frame| frame.seconds));
    let took = frames
        .iter()
        .zip(before)
        .map(|(frame, before)| (frame.rows, frame.seconds - before));
    let inside = took
        .filter(|(count, _)| *count == rows)
        .map(|(_, seconds)| seconds);
    Ok(Run {
        device,
        rows,
        step_seconds: median(inside.collect()),
        total_seconds: last.seconds,
    })
}

fn models(runs: &[Vec<Run>], lengths: &[u32]) -> Vec<OfModel> {
    let mut of_plan = runs.chunks(lengths.len());
    let line = |plan: &Plan, runs: &[Vec<Run>]| Line {
        name: plan.name,
        points: lengths
            .iter()
            .zip(runs)
            .map(|(length, runs)| point(*length, runs))
            .collect(),
    };
    let of_model = |model: &Model| OfModel {
        name: model.name,
        about: model.about,
        lines: model
            .plans
            .iter()
            .zip(of_plan.by_ref())
            .map(|(plan, runs)| line(plan, runs))
            .collect(),
    };
    MODELS.iter().map(of_model).collect()
}

fn point(length: u32, runs: &[Run]) -> Point {
    let of = |get: fn(&Run) -> f64| median(runs.iter().map(get).collect());
    Point {
        length,
        rows: runs.first().map_or(0, |run| run.rows),
        step_seconds: of(|run| run.step_seconds),
        total_seconds: of(|run| run.total_seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn steps_within_a_block_are_told_from_those_that_open_one() {
        let frame = |rows: u32, seconds: f64| {
            format!("{{\"frame\":{{\"rows\":{rows},\"seconds\":{seconds}}}}}\n")
        };
        let frames = [(64, 1.0), (8, 1.25), (8, 1.5), (64, 2.5)].map(|(rows, at)| frame(rows, at));
        let lines = frames.concat() + "{\"device\":\"cpu\"}";
        let run = summary(&lines).unwrap();
        assert_eq!(
            (run.rows, run.step_seconds, run.total_seconds),
            (8, 0.25, 2.5)
        );
        assert!(summary("").is_err());
        assert!(summary("not json").is_err());
    }
}
