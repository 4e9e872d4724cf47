//! From files to tensors: a checkpoint folder with its safetensors, or a GGUF file, and the resident
//! weight formats.
//!
//! This room knows neither GPU nor architecture. Bytes come in through [`Files`] by range, so a
//! checkpoint is never in memory whole; weights go out as row groups of a packed layout
//! ([`Format`]) that the executors bind as they are.
//!
//! Everything read here was written by strangers: a file that lies is an
//! [`Error`](crate::Error), never a panic and never a huge allocation.

mod assembly;
mod blocks;
mod checkpoint;
mod dtype;
mod files;
pub mod format;
pub mod gguf;
mod index;
mod packed;
mod rows;
mod safetensors;
mod stream;
mod tensor_info;
mod whole_file;

#[cfg(test)]
mod tests;

pub use assembly::Assembly;
pub use blocks::BlockType;
pub use checkpoint::{Checkpoint, GGUF};
pub use dtype::SourceDtype;
#[cfg(not(target_arch = "wasm32"))]
pub use files::Directory;
pub use files::{Files, Memory};
pub use format::Format;
pub use packed::{Packed, Packing};
pub use tensor_info::{RowOrder, TensorInfo};
pub use whole_file::{LARGEST_WHOLE_FILE, bytes_file, json_file, text_file};
