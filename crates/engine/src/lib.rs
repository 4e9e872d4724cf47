//! Diffusion language models on WebGPU.
//!
//! Start reading at `session.rs`: it ties a model, an executor and the denoising loop together.

pub mod decode;
pub mod error;
pub mod random;
pub mod record;
pub mod text;
pub mod weights;

pub use error::{Error, ErrorCode, Result};
pub use record::Record;
