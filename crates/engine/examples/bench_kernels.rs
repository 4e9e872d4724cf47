//! Measures the matrix products on this machine's GPU and prints what it found as JSON:
//! `bench_kernels REPEATS`. `cargo xtask bench kernels` runs it and writes `docs/bench`.

use pollster::block_on;
use unmask_engine::gpu::bench::{Shape, measure};
use unmask_engine::gpu::{GpuOptions, WgpuExecutor};
use unmask_engine::{Error, Result};

fn main() -> Result<()> {
    let repeats = std::env::args().nth(1);
    let repeats = repeats.map_or(Ok(5), |word| word.parse());
    let repeats = repeats.map_err(|e| Error::bad_input(format!("REPEATS is no number: {e}")))?;
    let options = GpuOptions::default().with_environment();
    let mut executor = block_on(WgpuExecutor::open(options, "to be measured"))?;
    let measured = block_on(measure(&mut executor, &Shape::of_small_models(), repeats))?;
    let json = serde_json::to_string(&measured).expect("names and numbers are JSON");
    println!("{json}");
    Ok(())
}
