//! What replays a recording: a GPU, SIMD code or plain loops.

use serde::Serialize;

use super::{BufferId, Recording};
use crate::error::Result;
use crate::kernels::tile::Tiling;

/// What the device can do beyond the baseline; kernels pick their variants by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tier {
    /// 16-bit floats in shaders.
    pub f16: bool,
    /// Subgroup operations in shaders.
    pub subgroups: bool,
    /// Lanes that every subgroup has at least; 0 where that is unknown.
    #[serde(skip)]
    pub subgroup_width: u32,
    /// Which tiles it multiplies with.
    #[serde(skip)]
    pub tiling: Tiling,
}

/// Which kind of executor runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// WebGPU, in a browser or native.
    Gpu,
    /// SIMD code on the CPU.
    Cpu,
    /// Plain loops: the oracle.
    Reference,
}

/// What runs the model, told to the user as it is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceReport {
    /// Kind of executor.
    pub kind: DeviceKind,
    /// The adapter's own name; empty where the browser hides it.
    pub adapter: String,
    /// `"vulkan"`, `"metal"`, `"webgpu"`, ...; empty without a GPU.
    pub backend: String,
    /// What the device can do and the kernels use.
    pub tier: Tier,
    /// Why this device was chosen.
    pub reason: String,
}

/// A recording that an executor has made ready to replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PreparedId(pub u32);

/// Owns buffers and replays recordings.
#[expect(
    async_fn_in_trait,
    reason = "futures never leave the thread: the web has one, native callers block"
)]
pub trait Executor {
    /// What this executor is.
    fn report(&self) -> &DeviceReport;

    /// Largest number of bytes one tensor shard may have.
    fn binding_limit(&self) -> u64;

    /// Bytes of all buffers that have an id: weights, caches, and what recordings compute in.
    fn allocated(&self) -> u64;

    /// Makes a zeroed buffer of `bytes` (a multiple of 4) behind `id`.
    ///
    /// # Errors
    /// `out_of_memory` when the device has no room.
    async fn allocate(&mut self, id: BufferId, name: &str, bytes: u64) -> Result<()>;

    /// Overwrites part of a buffer; `offset` and the length are multiples of 4.
    ///
    /// # Errors
    /// `device_lost` when the device went away.
    fn write(&mut self, id: BufferId, offset: u64, bytes: &[u8]) -> Result<()>;

    /// Copies the first `bytes` of a buffer (a multiple of 4) to the beginning of another, on the device.
    ///
    /// # Errors
    /// `device_lost` when the device went away.
    fn copy(&mut self, from: BufferId, to: BufferId, bytes: u64) -> Result<()>;

    /// Waits until everything written has arrived.
    ///
    /// # Errors
    /// `device_lost` or `gpu` when a write failed.
    async fn flush(&mut self) -> Result<()>;

    /// Allocates the recording's buffers and compiles what it needs.
    ///
    /// # Errors
    /// `gpu` naming the kernel that did not compile, or `out_of_memory`.
    async fn prepare(&mut self, recording: Recording) -> Result<PreparedId>;

    /// Drops a prepared recording and its buffers.
    fn release(&mut self, prepared: PreparedId);

    /// Replays a recording in one submission and returns the first `bytes` of `output`.
    ///
    /// # Errors
    /// `device_lost` or `gpu` when the device failed.
    async fn run(&mut self, prepared: PreparedId, output: BufferId, bytes: u64) -> Result<Vec<u8>>;
}
