//! Buffers in host memory, as words.

use std::collections::HashMap;

use crate::error::{Error, ErrorCode, Result};
use crate::recording::BufferId;

/// Every buffer of a host executor.
#[derive(Debug, Default)]
pub struct HostMemory {
    buffers: HashMap<BufferId, Vec<u32>>,
}

impl HostMemory {
    /// Makes a zeroed buffer.
    ///
    /// # Errors
    /// `out_of_memory` when the host has no room.
    pub fn allocate(&mut self, id: BufferId, name: &str, bytes: u64) -> Result<()> {
        let words = (bytes / 4) as usize;
        let mut buffer = Vec::new();
        buffer.try_reserve_exact(words).map_err(|_| {
            Error::new(
                ErrorCode::OutOfMemory,
                format!("no room for buffer \"{name}\" of {bytes} bytes; choose a smaller dtype or model"),
            )
        })?;
        buffer.resize(words, 0);
        self.buffers.insert(id, buffer);
        Ok(())
    }

    /// Bytes of all buffers.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.buffers
            .values()
            .map(|buffer| 4 * buffer.len() as u64)
            .sum()
    }

    /// Drops a buffer.
    pub fn free(&mut self, id: BufferId) {
        self.buffers.remove(&id);
    }

    /// Overwrites part of a buffer from byte `offset` on.
    pub fn write(&mut self, id: BufferId, offset: u64, bytes: &[u8]) {
        let start = offset as usize;
        bytemuck::cast_slice_mut(self.words_mut(id))[start..start + bytes.len()]
            .copy_from_slice(bytes);
    }

    /// Copies the first `bytes` of a buffer to the beginning of another.
    pub fn copy(&mut self, from: BufferId, to: BufferId, bytes: u64) {
        let words = (bytes / 4) as usize;
        let source = self.take(from);
        self.words_mut(to)[..words].copy_from_slice(&source[..words]);
        self.put(from, source);
    }

    /// A buffer as words.
    #[must_use]
    pub fn words(&self, id: BufferId) -> &[u32] {
        self.buffers
            .get(&id)
            .expect("operations name allocated buffers")
    }

    /// A buffer as numbers.
    #[must_use]
    pub fn floats(&self, id: BufferId) -> &[f32] {
        bytemuck::cast_slice(self.words(id))
    }

    /// A buffer as numbers, to write.
    pub fn floats_mut(&mut self, id: BufferId) -> &mut [f32] {
        bytemuck::cast_slice_mut(self.words_mut(id))
    }

    /// Takes a buffer out so that it can be written while others are read; [`Self::put`] it back.
    pub fn take(&mut self, id: BufferId) -> Vec<u32> {
        self.buffers
            .remove(&id)
            .expect("operations name allocated buffers")
    }

    /// Puts a taken buffer back.
    pub fn put(&mut self, id: BufferId, buffer: Vec<u32>) {
        self.buffers.insert(id, buffer);
    }

    fn words_mut(&mut self, id: BufferId) -> &mut [u32] {
        self.buffers
            .get_mut(&id)
            .expect("operations name allocated buffers")
    }
}
