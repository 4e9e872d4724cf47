//! Tests of the whole room: files as strangers write them, and formats against their bounds.

mod assembly;
mod block_golden;
mod checkpoint;
mod damage;
mod format_bounds;
mod format_golden;
mod format_layout;
mod gguf;
mod hostile;
mod packed;
mod sources;
mod stream;

use super::{Checkpoint, Memory};
use crate::{Error, Result};

/// A safetensors file: the header's length, the header, the data.
fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), data].concat()
}

/// A valid file of four tensors: F32 `[2, 3]`, F16 `[2]`, BF16 scalar, and I64 `[1]`.
fn small_file() -> Vec<u8> {
    let header = r#"{"__metadata__":{"format":"pt"},
        "weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
        "half":{"dtype":"F16","shape":[2],"data_offsets":[24,28]},
        "brain":{"dtype":"BF16","shape":[],"data_offsets":[28,30]},
        "count":{"dtype":"I64","shape":[1],"data_offsets":[30,38]}}   "#;
    let mut data: Vec<u8> = (1..=6).flat_map(|i| (i as f32).to_le_bytes()).collect();
    data.extend([0x00, 0x3c, 0x01, 0x80]); // 1, and the smallest negative half
    data.extend([0x80, 0x3f]); // 1
    data.extend(7_i64.to_le_bytes());
    safetensors(header, &data)
}

/// A folder with `bytes` as its `model.safetensors`.
fn folder(bytes: Vec<u8>) -> Memory {
    Memory::new().with("model.safetensors", bytes)
}

fn open(bytes: Vec<u8>) -> Result<Checkpoint<Memory>> {
    pollster::block_on(Checkpoint::open(folder(bytes)))
}

/// All weights of `name`.
fn read_all(checkpoint: &Checkpoint<Memory>, name: &str) -> Result<Vec<f32>> {
    let rows = checkpoint.require(name)?.rows();
    let mut out = vec![f32::NAN; 3]; // what it held is replaced
    pollster::block_on(checkpoint.read_rows_f32(name, 0..rows, &mut out))?;
    Ok(out)
}

/// Asserts code and every part of the message.
#[track_caller]
fn assert_error(error: &Error, code: &str, parts: &[&str]) {
    assert_eq!(error.code.as_str(), code, "{error}");
    for part in parts {
        assert!(error.message.contains(part), "{part:?} is not in: {error}");
    }
}
