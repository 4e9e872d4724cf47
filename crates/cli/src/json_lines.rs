//! `--json`: one object a line, each complete as soon as it is known.

use std::io::Write;

use serde::Serialize;
use unmask_engine::session::{GenerationResult, PathResult, StepFrame};

/// The line of one step.
#[derive(Serialize)]
pub struct FrameLine<'a> {
    /// What the step changed.
    pub frame: &'a StepFrame,
}

/// The last line of a run.
#[derive(Serialize)]
pub struct ResultLine<'a> {
    text: &'a str,
    ids: &'a [u32],
    forwards: u32,
    committed: u32,
    seconds: f64,
    device: &'a str,
    dtype: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    paths: &'a [PathResult],
}

impl<'a> ResultLine<'a> {
    /// The members of `result` that the line has.
    pub fn of(result: &'a GenerationResult) -> Self {
        Self {
            text: &result.text,
            ids: &result.ids,
            forwards: result.forwards,
            committed: result.committed,
            seconds: result.seconds,
            device: &result.device,
            dtype: result.dtype,
            paths: &result.paths,
        }
    }
}

/// Writes `value` and a line end, and sees to it that readers get it now.
pub fn write(out: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")?;
    out.flush()
}
