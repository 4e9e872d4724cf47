//! GGUF version 3 (and 2, which differs in nothing that is read here): one file with metadata and
//! tensors.
//!
//! Layout, little endian: `"GGUF"`, `u32` version, `u64` number of tensors, `u64` number of
//! entries; the entries (key, type, value); the tensors' names, shapes, types and offsets; padding
//! to the alignment; the data. A string is a `u64` length and UTF-8 bytes.
//! Source: the GGUF specification of the ggml project.
//!
//! The names are llama.cpp's; `names.rs` has the checkpoint's own, and [`config_json`] the entries as the
//! fields of a `config.json`. A file that `unmask convert` wrote keeps both as they were.
//!
//! A model may come in parts, as `llama-gguf-split` makes them: the first has the entries, every one
//! has tensors of its own.

mod config;
mod header;
mod metadata;
mod names;
mod parser;
mod parts;
mod tensors;
mod write;

pub use config::{Landmarks, config_json, generation_config_json, kept};
pub(super) use header::read_header;
pub use metadata::Metadata;
pub use parts::{beside, part_name};
pub use write::{HeaderWriter, padding};
