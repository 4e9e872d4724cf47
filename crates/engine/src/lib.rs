//! Diffusion language models on WebGPU.
//!
//! ```
//! use unmask_engine::GenerateRequest;
//! use unmask_engine::session::{DeviceChoice, LoadOptions, load};
//! use unmask_engine::weights::Directory;
//!
//! # pollster::block_on(async {
//! let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/tiny");
//! let options = LoadOptions { device: DeviceChoice::Cpu, ..LoadOptions::default() };
//! let mut model = load(Directory::new(folder), &options, &mut |_| ()).await?;
//!
//! let prompt = Some("Once upon a time".to_owned());
//! let request = GenerateRequest { prompt, length: Some(8), ..GenerateRequest::default() };
//! let mut run = model.start(&request)?;
//! while let Some(frame) = run.next(&mut model).await? {
//!     println!("step {}: {} masks left", frame.step, frame.masks_left);
//! }
//! assert_eq!(run.result(&model).ids.len(), 8);
//! # Ok::<(), unmask_engine::Error>(())
//! # }).unwrap();
//! ```
//!
//! Start reading at `session.rs`: it ties a model, an executor and the denoising loop together.

pub mod clock;
pub mod cpu;
pub mod decode;
pub mod device;
pub mod drivers;
pub mod error;
pub mod gpu;
pub mod kernels;
mod loader;
pub mod model;
mod network;
mod order;
pub mod random;
pub mod recipe;
pub mod record;
pub mod recording;
pub mod reference;
mod request;
pub mod session;
pub mod shader;
mod sorted_map;
pub mod text;
pub mod weights;

pub use decode::method::{Choice, Value};
pub use error::{Error, ErrorCode, Result};
pub use loader::{Progress, Stage};
pub use network::{Ask, Branch, LogitRules, Reading, Readout, Rows, Shadow};
pub use record::Record;
pub use request::{CanvasSegment, ConventionChoice, GenerateRequest, ScoreRequest, VoteRequest};
