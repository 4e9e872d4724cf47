//! Runs one operation on the oracle, on the reference and the CPU executor and on every GPU tier.
//!
//! With `REQUIRE_GPU` set (always in CI) a missing adapter is a failure; without it the GPU part
//! is left out with a message, for machines that have none.

use pollster::block_on;
use unmask_engine::gpu::{GpuOptions, WgpuExecutor};
use unmask_engine::kernels::Operation;
use unmask_engine::kernels::tile::{Tile, Tiling};
use unmask_engine::random;
use unmask_engine::recording::{BufferId, BufferIds, Executor, Recording, Tier};
use unmask_engine::reference::ReferenceExecutor;
use unmask_engine::{ErrorCode, cpu};

/// A kernel call under test: buffers with contents, the call, and where its output is.
#[derive(Default)]
pub struct Problem {
    ids: BufferIds,
    buffers: Vec<(BufferId, Vec<u32>)>,
    operations: Vec<Operation>,
}

impl Problem {
    /// A buffer holding `words`.
    pub fn words(&mut self, words: impl Into<Vec<u32>>) -> BufferId {
        let id = self.ids.fresh();
        self.buffers.push((id, words.into()));
        id
    }

    /// A buffer holding `values`.
    pub fn floats(&mut self, values: &[f32]) -> BufferId {
        self.words(bytemuck::cast_slice(values))
    }

    /// Appends a call.
    pub fn call(&mut self, operation: impl Into<Operation>) {
        self.operations.push(operation.into());
    }

    /// The first `count` words of `output` after the calls ran on `executor`.
    pub fn run(&self, executor: &mut impl Executor, output: BufferId, count: usize) -> Vec<u32> {
        for (id, words) in &self.buffers {
            block_on(executor.allocate(*id, "test", words.len() as u64 * 4)).expect("allocates");
            executor
                .write(*id, 0, bytemuck::cast_slice(words))
                .expect("writes");
        }
        let recording = Recording {
            operations: self.operations.clone(),
            buffers: Vec::new(),
        };
        let prepared = block_on(executor.prepare(recording)).expect("compiles");
        let bytes = block_on(executor.run(prepared, output, count as u64 * 4)).expect("runs");
        executor.release(prepared);
        bytemuck::pod_collect_to_vec(&bytes)
    }
}

/// A GPU executor for each tier of the machine's adapter, smallest first.
pub struct Gpus(Vec<WgpuExecutor>);

impl Gpus {
    /// None: the reference and the CPU executor are enough.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Opens them, with the tiles of hardware.
    pub fn open() -> Self {
        let restricted = [(true, true), (true, false), (false, true), (false, false)];
        Self::open_with(&restricted.map(|(force_f32, no_subgroups)| GpuOptions {
            force_f32,
            no_subgroups,
            tiling: Some(Tiling::Staged),
            ..GpuOptions::default()
        }))
    }

    /// Opens an executor for each way in which the lanes of a tile may share rows.
    pub fn open_shares() -> Self {
        let tilings = [
            Tiling::Staged,
            Tiling::Only(Tile::Lanes4),
            Tiling::Only(Tile::Lanes8),
        ];
        Self::open_with(&tilings.map(|tiling| GpuOptions {
            tiling: Some(tiling),
            ..GpuOptions::default()
        }))
    }

    /// Opens an executor for each tile that the machine's adapter is capable of.
    pub fn open_tiles() -> Self {
        let mut gpus = Self::open_with(&Tile::ALL.map(|tile| GpuOptions {
            tiling: Some(Tiling::Only(tile)),
            ..GpuOptions::default()
        }));
        gpus.0.retain(|executor| {
            let tier = executor.report().tier;
            matches!(tier.tiling, Tiling::Only(tile) if tile.runs_on(tier))
        });
        gpus
    }

    fn open_with(options: &[GpuOptions]) -> Self {
        let mut tiers: Vec<Tier> = Vec::new();
        let mut executors = Vec::new();
        for options in options {
            match block_on(WgpuExecutor::open(*options, "a test")) {
                Ok(executor) if tiers.contains(&executor.report().tier) => {}
                Ok(executor) => {
                    tiers.push(executor.report().tier);
                    executors.push(executor);
                }
                Err(error) => {
                    assert_eq!(error.code, ErrorCode::NoWebgpu, "{error}");
                    assert!(
                        std::env::var_os("REQUIRE_GPU").is_none(),
                        "REQUIRE_GPU is set: {error}"
                    );
                    eprintln!("no GPU on this machine, its half of the test is left out: {error}");
                    return Self(Vec::new());
                }
            }
        }
        eprintln!(
            "adapter {:?}, tiers {tiers:?}",
            executors[0].report().adapter
        );
        Self(executors)
    }

    /// Runs `problem` on the reference and the CPU executor, then on every tier, and hands each result with a
    /// label and the tier to `check`.
    pub fn each(
        &mut self,
        problem: &Problem,
        output: BufferId,
        count: usize,
        mut check: impl FnMut(&str, Tier, &[u32]),
    ) {
        let words = problem.run(&mut ReferenceExecutor::new(), output, count);
        check("reference", Tier::default(), &words);
        let words = problem.run(&mut cpu::executor("a test"), output, count);
        check("cpu", Tier::default(), &words);
        for executor in &mut self.0 {
            let tier = executor.report().tier;
            let words = problem.run(executor, output, count);
            check(&format!("gpu {tier:?}"), tier, &words);
        }
    }
}

/// Deterministic numbers in -1..1, about half of the time small.
pub fn numbers(seed: u64, count: usize) -> Vec<f32> {
    (0..count as u32)
        .map(|i| {
            let x = random::uniform(random::bits(random::row_key(seed, 0, 0), i)) * 2.0 - 1.0;
            x * x.abs()
        })
        .collect()
}

/// Fails unless every number is within `tolerance` of the expected one, relative to the largest.
pub fn assert_close(label: &str, found: &[u32], expected: &[f64], tolerance: f64) {
    let found: &[f32] = bytemuck::cast_slice(found);
    assert_eq!(found.len(), expected.len(), "{label}");
    let scale = expected.iter().fold(1e-6_f64, |m, v| m.max(v.abs()));
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*f) - e).abs() / scale;
        assert!(
            error <= tolerance,
            "{label}: element {i} is {f}, expected {e} (error {error:e})"
        );
    }
}

#[test]
fn the_comparison_can_fail() {
    let off = |value: f32| {
        let found = [1.0, value];
        std::panic::catch_unwind(|| {
            assert_close("planted", bytemuck::cast_slice(&found), &[1.0, 2.0], 1e-3);
        })
    };
    assert!(off(2.0).is_ok());
    assert!(off(2.1).is_err());
    assert!(off(f32::NAN).is_err(), "NaN is not close to anything");
}
