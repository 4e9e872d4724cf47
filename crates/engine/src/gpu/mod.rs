//! The only room that names wgpu: devices, pipelines and the executor over them.

pub mod bench;
mod device;
mod executor;
mod failure;
mod pipelines;
mod tuner;
#[cfg(target_arch = "wasm32")]
mod web;

pub use device::GpuOptions;
pub use executor::{Counters, WgpuExecutor};
pub use tuner::{TileChoice, TileSeconds};
