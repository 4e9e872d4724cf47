//! What was measured: the contents of `length.json`.

use serde::Serialize;

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
    pub name: &'static str,
    /// By length.
    pub points: Vec<Point>,
}

impl Line {
    /// What a step at the longest text costs of one at the shortest, and both lengths.
    pub fn growth(&self) -> Option<(f64, u32, u32)> {
        let (first, last) = (self.points.first()?, self.points.last()?);
        let growth = last.step_seconds / first.step_seconds.max(1e-9);
        Some((growth, last.length, first.length))
    }
}

/// A model with every plan.
#[derive(Debug, Serialize)]
pub struct OfModel {
    /// The model's name.
    pub name: &'static str,
    /// What its layers are like.
    pub about: &'static str,
    /// By plan.
    pub lines: Vec<Line>,
}

/// All of it, and on what.
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
    /// By model.
    pub models: Vec<OfModel>,
}
