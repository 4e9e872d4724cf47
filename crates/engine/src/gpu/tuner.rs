//! Measures which tiles are faster on a device, by the product that a forward consists of.

use serde::Serialize;

use super::executor::WgpuExecutor;
use crate::clock::Clock;
use crate::error::Result;
use crate::kernels::matmul_tile::{Epilogue, MatmulTile, Params};
use crate::kernels::tile::Tiling;
use crate::recording::{BufferId, BufferIds, Executor, PreparedId, Recording};
use crate::weights::Format;

const ROWS: usize = 32;
const K: usize = 256;
const COLUMNS: usize = 256;
/// Products of one submission, so that it takes longer than the clock's step on a slow device.
const CALLS: usize = 4;
const ROUNDS: usize = 3;
/// What the other tiles must take at most of the staged ones' time. A fast device finishes both
/// within the time of a submission, and shall stay with the tiles made for hardware.
const CLEARLY: f64 = 0.75;

/// Which tiles a device multiplies with, and what products of each took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TileChoice {
    /// The ones that are used.
    pub chosen: Tiling,
    /// Seconds of the same products.
    pub seconds: TileSeconds,
}

/// Seconds by tiles.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TileSeconds {
    /// Of those in workgroup memory.
    pub staged: f64,
    /// Of those in registers.
    pub lanes: f64,
}

/// The faster of the staged tiles and those in registers, which the executor uses from now on.
///
/// # Errors
/// What the device reports.
pub async fn measure(executor: &mut WgpuExecutor) -> Result<TileChoice> {
    let seconds = TileSeconds {
        staged: seconds_of(executor, Tiling::Staged).await?,
        lanes: seconds_of(executor, Tiling::Lanes).await?,
    };
    let is_clear = seconds.lanes < seconds.staged * CLEARLY;
    let chosen = if is_clear {
        Tiling::Lanes
    } else {
        Tiling::Staged
    };
    executor.set_tiling(chosen);
    Ok(TileChoice { chosen, seconds })
}

async fn seconds_of(executor: &mut WgpuExecutor, tiling: Tiling) -> Result<f64> {
    executor.set_tiling(tiling);
    let (recording, y) = products();
    let prepared = executor.prepare_as_is(recording).await?;
    let seconds = least_seconds(executor, prepared, y).await;
    executor.release(prepared);
    seconds
}

async fn least_seconds(
    executor: &mut WgpuExecutor,
    prepared: PreparedId,
    y: BufferId,
) -> Result<f64> {
    // The first run may compile.
    executor.run(prepared, y, 4).await?;
    let mut least = f64::INFINITY;
    for _ in 0..ROUNDS {
        let clock = Clock::start();
        executor.run(prepared, y, 4).await?;
        least = least.min(clock.seconds());
    }
    Ok(least)
}

/// Products of zeros: speed does not depend on the numbers.
fn products() -> (Recording, BufferId) {
    // Far from the ids that a network hands out.
    let mut ids = BufferIds::starting_at(u32::MAX - 8);
    let mut recording = Recording::default();
    let format = Format::Q8_0;
    let weight_words = format.bytes(COLUMNS, K).div_ceil(4) as usize;
    let x = recording.buffer(&mut ids, "tuner's x", ROWS * K);
    let weight = recording.buffer(&mut ids, "tuner's weight", weight_words);
    let y = recording.buffer(&mut ids, "tuner's y", ROWS * COLUMNS);
    for _ in 0..CALLS {
        recording.push(MatmulTile {
            params: Params {
                rows: ROWS as u32,
                quads: K as u32 / 4,
                columns: COLUMNS as u32,
                first_column: 0,
                y_stride: COLUMNS as u32,
                scale_offset: (format.scale_offset(COLUMNS, K) / 4) as u32,
            },
            format,
            epilogue: Epilogue::Store,
            x,
            weight,
            y,
        });
    }
    (recording, y)
}
