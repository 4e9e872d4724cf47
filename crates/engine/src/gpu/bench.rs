//! How fast a device multiplies, told as a share of how fast it could calculate at all.

use serde::Serialize;

use super::executor::WgpuExecutor;
use crate::clock::Clock;
use crate::error::Result;
use crate::kernels::Operation;
use crate::kernels::fma_chains::{self, FmaChains, Value};
use crate::kernels::matmul_tile::{self, Epilogue, MatmulTile};
use crate::kernels::tile::{Tile, Tiling};
use crate::recording::{BufferId, BufferIds, Executor, PreparedId, Recording};
use crate::weights::Format;

/// A product `x W^T` of `[rows, k]` and `[columns, k]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows of x.
    pub rows: u32,
    /// Numbers of a row, a multiple of 32.
    pub k: u32,
    /// Rows of the weight.
    pub columns: u32,
    /// Its format.
    pub format: Format,
}

impl Shape {
    /// Products of the sizes that a small model has, with few rows and with many.
    #[must_use]
    pub fn of_small_models() -> Vec<Self> {
        let shape = |rows, format| Self {
            rows,
            k: 512,
            columns: 512,
            format,
        };
        let both = |rows| [Format::Q4_0, Format::Q8_0].map(|format| shape(rows, format));
        [1, 4, 32, 128].into_iter().flat_map(both).collect()
    }
}

/// What was measured of one product by one tile.
#[derive(Clone, Debug, Serialize)]
pub struct Product {
    /// Rows of x.
    pub rows: u32,
    /// Numbers of a row.
    pub k: u32,
    /// Rows of the weight.
    pub columns: u32,
    /// Format of the weight.
    pub format: &'static str,
    /// The tile.
    pub tile: &'static str,
    /// Whether the device's own choice is this tile.
    pub chosen: bool,
    /// Floating-point operations a second, in thousands of millions: the median.
    pub gflops: f64,
    /// Share of the chains of numbers that were measured beside it: the median.
    pub share: f64,
    /// Likewise of the chains of quads.
    pub share_of_quads: f64,
}

/// What was measured of a device.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// The adapter's name.
    pub adapter: String,
    /// The graphics interface.
    pub backend: String,
    /// Operations a second of fused multiplications and additions of numbers, two each, in
    /// thousands of millions: the median.
    pub peak_gflops: f64,
    /// Likewise of `vec4<f32>`.
    pub quad_peak_gflops: f64,
    /// By shape and tile.
    pub products: Vec<Product>,
}

/// What a run lasts at least, so that neither submission nor the clock's step shows.
const RUN_SECONDS: f64 = 0.02;
/// Most calls of a run.
const CALLS: f64 = 256.0;

/// A run that is long enough to be timed.
struct Timed {
    prepared: PreparedId,
    output: BufferId,
    /// Floating-point operations.
    operations: f64,
}

struct Case {
    shape: Shape,
    tile: Tile,
    timed: Timed,
    rates: Vec<f64>,
    shares: Vec<f64>,
    shares_of_quads: Vec<f64>,
}

/// Measures `shapes` by every tile that the device is capable of, in turns `repeats` times, and the
/// peaks before every product.
///
/// # Errors
/// What the device reports.
pub async fn measure(
    executor: &mut WgpuExecutor,
    shapes: &[Shape],
    repeats: usize,
) -> Result<Measured> {
    let mut ids = BufferIds::default();
    let scalars = chains(executor, &mut ids, Value::Scalar).await?;
    let quads = chains(executor, &mut ids, Value::Quad).await?;
    let chosen = executor.report().tier.tiling;
    let mut cases = cases(executor, &mut ids, shapes).await?;
    executor.set_tiling(chosen);
    let (mut peaks, mut quad_peaks) = (Vec::new(), Vec::new());
    for _ in 0..repeats {
        for case in &mut cases {
            let could = rate(executor, &scalars).await?;
            let could_by_quads = rate(executor, &quads).await?;
            let did = rate(executor, &case.timed).await?;
            peaks.push(could);
            quad_peaks.push(could_by_quads);
            case.rates.push(did);
            case.shares.push(did / could);
            case.shares_of_quads.push(did / could_by_quads);
        }
    }
    let report = executor.report();
    let told = cases.into_iter().map(|case| {
        let Shape { rows, k, .. } = case.shape;
        let own = Tile::choose(report.tier, case.shape.format, rows, k / 4);
        case.told(own)
    });
    Ok(Measured {
        adapter: report.adapter.clone(),
        backend: report.backend.clone(),
        peak_gflops: median(peaks) / 1e9,
        quad_peak_gflops: median(quad_peaks) / 1e9,
        products: told.collect(),
    })
}

impl Case {
    fn told(self, chosen: Tile) -> Product {
        Product {
            rows: self.shape.rows,
            k: self.shape.k,
            columns: self.shape.columns,
            format: self.shape.format.as_str(),
            tile: self.tile.as_str(),
            chosen: self.tile == chosen,
            gflops: median(self.rates) / 1e9,
            share: median(self.shares),
            share_of_quads: median(self.shares_of_quads),
        }
    }
}

async fn cases(
    executor: &mut WgpuExecutor,
    ids: &mut BufferIds,
    shapes: &[Shape],
) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let tier = executor.report().tier;
    for shape in shapes {
        for tile in Tile::ALL.into_iter().filter(|tile| tile.runs_on(tier)) {
            executor.set_tiling(Tiling::Only(tile));
            cases.push(Case {
                shape: *shape,
                tile,
                timed: product(executor, ids, shape).await?,
                rates: Vec::new(),
                shares: Vec::new(),
                shares_of_quads: Vec::new(),
            });
        }
    }
    Ok(cases)
}

/// Chains of arithmetic without memory.
async fn chains(executor: &mut WgpuExecutor, ids: &mut BufferIds, value: Value) -> Result<Timed> {
    let y = ids.fresh();
    let call = FmaChains {
        params: fma_chains::Params {
            rounds: 64,
            factor: 0.75,
            term: 0.25,
        },
        value,
        y,
        groups: 64,
    };
    let bytes = u64::from(call.threads()) * 4;
    executor.allocate(y, "chains", bytes).await?;
    let operations = call.operations();
    repeated(executor, &call.into(), y, operations).await
}

/// A product of zeros: speed does not depend on the numbers.
async fn product(executor: &mut WgpuExecutor, ids: &mut BufferIds, shape: &Shape) -> Result<Timed> {
    let Shape {
        rows,
        k,
        columns,
        format,
    } = *shape;
    let (n, width) = (columns as usize, k as usize);
    let numbers = |count: u32| u64::from(count) * 4;
    let (x, weight, y) = (ids.fresh(), ids.fresh(), ids.fresh());
    let weight_bytes = format.bytes(n, width).next_multiple_of(4);
    executor.allocate(x, "x", numbers(rows * k)).await?;
    executor.allocate(weight, "weight", weight_bytes).await?;
    executor.allocate(y, "y", numbers(rows * columns)).await?;
    let call = MatmulTile {
        params: matmul_tile::Params {
            rows,
            quads: k / 4,
            columns,
            first_column: 0,
            y_stride: columns,
            scale_offset: (format.scale_offset(n, width) / 4) as u32,
        },
        format,
        epilogue: Epilogue::Store,
        x,
        weight,
        y,
    };
    let operations = 2.0 * f64::from(rows) * f64::from(k) * f64::from(columns);
    repeated(executor, &call.into(), y, operations).await
}

/// Prepares a run of as many calls as make it long enough.
async fn repeated(
    executor: &mut WgpuExecutor,
    call: &Operation,
    output: BufferId,
    operations: f64,
) -> Result<Timed> {
    let mut calls = 1.0;
    for _ in 0..2 {
        let timed = prepare(executor, call, output, calls, operations).await?;
        // The first run compiles.
        rate(executor, &timed).await?;
        let seconds = timed.operations / rate(executor, &timed).await?;
        executor.release(timed.prepared);
        calls = (calls * RUN_SECONDS / seconds).ceil().clamp(1.0, CALLS);
    }
    prepare(executor, call, output, calls, operations).await
}

async fn prepare(
    executor: &mut WgpuExecutor,
    call: &Operation,
    output: BufferId,
    calls: f64,
    operations: f64,
) -> Result<Timed> {
    let recording = Recording {
        operations: vec![call.clone(); calls as usize],
        buffers: Vec::new(),
    };
    Ok(Timed {
        prepared: executor.prepare(recording).await?,
        output,
        operations: operations * calls,
    })
}

/// Operations a second of one run.
async fn rate(executor: &mut WgpuExecutor, timed: &Timed) -> Result<f64> {
    let clock = Clock::start();
    executor.run(timed.prepared, timed.output, 4).await?;
    // A browser's clock may stand still for a short while.
    Ok(timed.operations / clock.seconds().max(1e-6))
}

/// The middle value, the lower of two; 0 of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or_default()
}
