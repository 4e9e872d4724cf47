//! Soft prefixes: rows whose embeddings are given, not looked up, so that an encoder of images or
//! sound can feed the network.
//!
//! They are one more piece of the embedding, for ids behind all others
//! ([`ModelSpec::first_soft_id`](crate::model::ModelSpec::first_soft_id)): to everything else a row
//! of a prefix is a token.

use std::rc::Rc;

use super::Network;
use crate::error::{Error, ErrorCode, Result};
use crate::model::{Matrix, Shard};
use crate::recording::{Executor as _, PreparedId, Recording};
use crate::weights::Format;

/// Rows of a prefix come in multiples of this, so that longer ones seldom need another buffer.
const ROWS: usize = 64;

/// The prefix that the device holds.
#[derive(Default)]
pub struct Prefix {
    /// `[rows, hidden]`
    embeddings: Rc<[f32]>,
    /// Rows that there is room for, and the recording that owns the buffer.
    room: Option<(usize, PreparedId)>,
}

impl Network {
    /// The soft ids now stand for the rows of `embeddings`, `[rows, hidden]`. What was computed of
    /// another prefix is forgotten.
    ///
    /// # Errors
    /// `out_of_memory` for a prefix that no binding holds; what the device reports.
    pub async fn use_prefix(&mut self, embeddings: &Rc<[f32]>) -> Result<()> {
        let is_same = Rc::ptr_eq(embeddings, &self.prefix.embeddings);
        if embeddings.is_empty() || is_same || **embeddings == *self.prefix.embeddings {
            return Ok(());
        }
        self.kept.forget();
        self.layers.forget();
        let rows = embeddings.len() / self.spec().hidden;
        if self.prefix.room.is_none_or(|(room, _)| room < rows) {
            self.make_prefix_room(rows.next_multiple_of(ROWS)).await?;
        }
        let buffer = self.weights.matrix("prefix", None).shards[0].buffer;
        self.executor
            .write(buffer, 0, bytemuck::cast_slice(embeddings))?;
        self.prefix.embeddings = Rc::clone(embeddings);
        Ok(())
    }

    /// Makes a buffer for `rows`. Recordings know nothing of it, so all are made anew.
    async fn make_prefix_room(&mut self, rows: usize) -> Result<()> {
        let (hidden, first_row) = (self.spec().hidden, self.spec().first_soft_id());
        let (bytes, limit) = ((rows * hidden * 4) as u64, self.executor.binding_limit());
        if bytes > limit {
            return Err(Error::new(
                ErrorCode::OutOfMemory,
                format!(
                    "a prefix of {rows} rows takes {bytes} bytes and the device binds {limit} at \
                     most; give fewer rows"
                ),
            ));
        }
        for prepared in self.prepared.drain(..) {
            self.executor.release(prepared.id);
        }
        if let Some((_, owner)) = self.prefix.room.take() {
            self.executor.release(owner);
        }
        let mut recording = Recording::default();
        let buffer = recording.buffer(&mut self.buffer_ids, "prefix", rows * hidden);
        let owner = self.executor.prepare(recording).await?;
        self.prefix.room = Some((rows, owner));
        let shard = Shard {
            buffer,
            first_row,
            rows: rows as u32,
            scale_offset: 0,
        };
        let matrix = Matrix {
            format: Format::F32,
            rows: rows as u32,
            columns: hidden as u32,
            shards: vec![shard],
        };
        self.weights.matrices.insert(("prefix", None), matrix);
        Ok(())
    }
}
