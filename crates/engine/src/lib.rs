//! Diffusion language models on WebGPU.
//!
//! Start reading at `session.rs`: it ties a model, an executor and the denoising loop together.

mod clock;
pub mod cpu;
pub mod decode;
pub mod device;
pub mod error;
pub mod gpu;
pub mod kernels;
mod loader;
pub mod model;
mod network;
pub mod random;
pub mod record;
pub mod recording;
pub mod reference;
mod request;
pub mod session;
pub mod shader;
pub mod text;
pub mod weights;

pub use error::{Error, ErrorCode, Result};
pub use loader::{Progress, Stage};
pub use record::Record;
pub use request::{CanvasSegment, ConventionChoice, GenerateRequest, SelectChoice};
