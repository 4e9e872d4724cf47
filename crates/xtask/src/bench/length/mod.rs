//! What a step and a text cost as the text grows, with and without caches: `docs/bench`.

mod page;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::chart::{self, Panel};
use super::checkpoint::{self, Attention, Design};
use super::{median, processor, write};
use crate::{build, command, repository};

/// What to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Times that everything is measured, in turns; medians are told
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
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

/// A model and a cache.
struct Plan {
    name: &'static str,
    attention: Attention,
    cache: &'static str,
}

const PLANS: [Plan; 5] = [
    Plan {
        name: "full",
        attention: Attention::Full,
        cache: "none",
    },
    Plan {
        name: "prefix",
        attention: Attention::Full,
        cache: "prefix",
    },
    Plan {
        name: "dual",
        attention: Attention::Full,
        cache: "dual",
    },
    Plan {
        name: "block-causal, full",
        attention: Attention::Blocks(BLOCK),
        cache: "none",
    },
    Plan {
        name: "block-causal, exact",
        attention: Attention::Blocks(BLOCK),
        cache: "exact",
    },
];

/// What a plan took at a length: medians over the repeats.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// Positions of prompt and canvas.
    pub length: u32,
    /// Rows of a step within a block.
    pub rows: u32,
    /// Seconds of a step within a block: the median over the steps, then over the repeats.
    pub step_seconds: f64,
    /// Seconds of the whole canvas, the first forward of the prompt included.
    pub total_seconds: f64,
}

/// A plan at every length.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The plan's name.
    pub name: String,
    /// By length.
    pub points: Vec<Point>,
}

/// What was measured, and on what.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// Kind of device and adapter, as the engine names it.
    pub device: String,
    /// Processor of the machine.
    pub processor: String,
    /// Format of the weights.
    pub dtype: String,
    /// The engine's version.
    pub version: &'static str,
    /// Times that everything was measured.
    pub repeats: u32,
    /// By plan.
    pub lines: Vec<Line>,
}

/// Builds the command line, makes two models of random weights, measures and writes.
///
/// # Errors
/// When the build or a run fails, or the files cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let unmask = build::command_line()?;
    let folder = repository::target()?.join("bench");
    let mut runs = vec![Vec::new(); PLANS.len() * options.length.len()];
    let mut device = String::new();
    for repeat in 0..options.repeats {
        println!("repeat {} of {}", repeat + 1, options.repeats);
        let cases = PLANS
            .iter()
            .flat_map(|plan| options.length.iter().map(move |l| (plan, *l)));
        for (found, (plan, length)) in runs.iter_mut().zip(cases) {
            let model = checkpoint::make(&folder, design(plan.attention))?;
            let run = generate(&unmask, &model, plan, length, options)?;
            device.clone_from(&run.device);
            found.push(run);
        }
    }
    let measured = Measured {
        device,
        processor: processor(),
        dtype: options.dtype.clone(),
        version: env!("CARGO_PKG_VERSION"),
        repeats: options.repeats,
        lines: lines(&runs, &options.length),
    };
    let files = [
        (
            "length.json",
            serde_json::to_string_pretty(&measured)? + "\n",
        ),
        ("length.svg", chart::draw(&panels(&measured.lines))?),
        ("length.md", page::text(&measured)),
    ];
    write(&repository::root().join(&options.out), &files)
}

/// The picture's: a step, and the whole canvas.
fn panels(lines: &[Line]) -> [Panel; 2] {
    let panel = |title: &str, get: fn(&Point) -> f64| Panel {
        title: title.to_owned(),
        x: "positions of prompt and canvas",
        lines: lines
            .iter()
            .map(|line| {
                let points = line.points.iter();
                let points = points.map(|point| (f64::from(point.length), get(point)));
                (line.name.clone(), points.collect())
            })
            .collect(),
        has_ideal: true,
    };
    [
        panel("a step within a block, seconds", |point| point.step_seconds),
        panel("64 tokens in 16 steps, seconds", |point| {
            point.total_seconds
        }),
    ]
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

/// The model that is measured: half the layers of the race's, as the longest text takes a while.
fn design(attention: Attention) -> Design {
    Design {
        name: match attention {
            Attention::Full => "full",
            Attention::Blocks(_) => "blocks",
        },
        attention,
        layers: 4,
        vocabulary: 4096,
        tied: true,
    }
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

fn lines(runs: &[Vec<Run>], lengths: &[u32]) -> Vec<Line> {
    let of_plan = runs.chunks(lengths.len());
    let line = |(plan, runs): (&Plan, &[Vec<Run>])| Line {
        name: plan.name.to_owned(),
        points: lengths
            .iter()
            .zip(runs)
            .map(|(length, runs)| point(*length, runs))
            .collect(),
    };
    PLANS.iter().zip(of_plan).map(line).collect()
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
