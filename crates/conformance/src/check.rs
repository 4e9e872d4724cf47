//! Problems on a device, held to the twins.

use serde::Serialize;
use unmask_engine::Result;
use unmask_engine::clock::Clock;
use unmask_engine::gpu::{GpuOptions, WgpuExecutor};
use unmask_engine::kernels::tile::{Tile, Tiling};
use unmask_engine::recording::Executor as _;
use unmask_engine::reference::ReferenceExecutor;
use unmask_engine::shader;

use crate::problem::{Problem, difference};

/// What became of a problem on a device.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The problem.
    pub name: String,
    /// The variants that ran, as `shaders/variants.lock` names them.
    pub variants: Vec<String>,
    /// Whether the result is the twin's, as far as it must be.
    pub passed: bool,
    /// The largest difference from the twin, relative to the largest number; absent where an id
    /// differs or a number is none.
    pub difference: Option<f64>,
    /// What passes.
    pub tolerance: f64,
    /// Seconds of a run once everything is compiled, submission and reading included.
    pub seconds: f64,
    /// What the device said where it failed.
    pub error: Option<String>,
}

/// The ways in which one device can be used that change which variants run.
#[must_use]
pub fn devices() -> Vec<GpuOptions> {
    let restricted = |force_f32, no_subgroups| GpuOptions {
        force_f32,
        no_subgroups,
        tiling: Some(Tiling::Staged),
        ..GpuOptions::default()
    };
    let with = |tile| GpuOptions {
        tiling: Some(Tiling::Only(tile)),
        ..GpuOptions::default()
    };
    let mut devices = vec![restricted(true, true), restricted(false, false)];
    devices.extend(Tile::ALL.map(with));
    devices
}

/// The device used in one way; None where it is not capable of it.
///
/// # Errors
/// Where there is no adapter.
pub async fn open(options: GpuOptions) -> Result<Option<WgpuExecutor>> {
    let executor = WgpuExecutor::open(options, "its kernels are compared").await?;
    let tier = executor.report().tier;
    Ok(match tier.tiling {
        Tiling::Only(tile) if !tile.runs_on(tier) => None,
        _ => Some(executor),
    })
}

/// Runs a problem. None where other ways of using the device already ran the same variants, which
/// `seen` remembers.
pub async fn check(
    executor: &mut WgpuExecutor,
    problem: &Problem,
    seen: &mut Vec<String>,
) -> Option<Outcome> {
    let tier = executor.report().tier;
    let label = |roles: &[shader::Role], kernel| Some(shader::variant(kernel, roles).ok()?.label());
    let kernels = problem
        .operations
        .iter()
        .map(|operation| operation.kernel());
    let variants: Vec<String> = kernels
        .filter_map(|kernel| label(&kernel.roles(tier), kernel.name()))
        .collect();
    let name = format!("{} {}", problem.name, variants.join(" "));
    if seen.contains(&name) {
        return None;
    }
    seen.push(name);
    let halves = variants
        .iter()
        .any(|variant| variant.contains("staged_f16"));
    let tolerance = if halves {
        problem.half_tolerance
    } else {
        problem.tolerance
    };
    let found = compared(executor, problem).await;
    let difference = found.as_ref().ok().map(|(difference, _)| *difference);
    Some(Outcome {
        name: problem.name.clone(),
        passed: difference.is_some_and(|difference| difference <= tolerance),
        difference: difference.filter(|difference| difference.is_finite()),
        seconds: found.as_ref().map_or(0.0, |(_, seconds)| *seconds),
        error: found.err().map(|error| error.message),
        variants,
        tolerance,
    })
}

/// The difference from the twin, and the seconds of a second run. Calls that change their input give
/// another result then, which nobody looks at.
async fn compared(executor: &mut WgpuExecutor, problem: &Problem) -> Result<(f64, f64)> {
    let expected = problem.run(&mut ReferenceExecutor::new()).await?;
    let found = problem.run(executor).await?;
    let clock = Clock::start();
    problem.run(executor).await?;
    Ok((difference(&found, &expected), clock.seconds()))
}
