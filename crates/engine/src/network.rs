//! A loaded network: recordings by shape, inputs in, records out.

use crate::device::AnyExecutor;
use crate::error::Result;
use crate::kernels::head_merge::{self, HeadMerge};
use crate::kernels::head_stats::{self, HeadStats, PARTIAL_WORDS, RecordRow, TILES};
use crate::kernels::matmul_tile::Epilogue;
use crate::kernels::rms_norm::{self, RmsNorm};
use crate::model::{Architecture, Inputs, Matrix, ModelSpec, Weights, push_matmul};
use crate::record::Record;
use crate::recording::{BufferId, BufferIds, Executor, PreparedId, Recording};

/// Record rows come in multiples of this, a row tile of the head, so that few shapes are compiled.
const RECORD_GROUP: usize = 32;

/// Recordings kept ready; the least recently used goes first.
const KEPT: usize = 4;

/// What a recording ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    /// Records for up to so many rows.
    Records(usize),
    /// All logits of every row: for comparisons, never for generation.
    Logits,
}

struct Prepared {
    rows: usize,
    head: Head,
    id: PreparedId,
    ids: BufferId,
    record_rows: BufferId,
    output: BufferId,
}

/// A model on an executor.
pub struct Network {
    architecture: Box<dyn Architecture>,
    weights: Weights,
    executor: AnyExecutor,
    buffer_ids: BufferIds,
    /// `[banned, then stops]` u32
    special: BufferId,
    banned: u32,
    stops: u32,
    prepared: Vec<Prepared>,
}

impl Network {
    /// Ties loaded weights to their executor. `banned` ids are never proposed; `stops` are summed
    /// up in each record.
    ///
    /// # Errors
    /// What the device reports.
    pub async fn new(
        architecture: Box<dyn Architecture>,
        weights: Weights,
        mut executor: AnyExecutor,
        mut buffer_ids: BufferIds,
        banned: &[u32],
        stops: &[u32],
    ) -> Result<Self> {
        let special = buffer_ids.fresh();
        let table = [banned, stops].concat();
        let bytes = table.len().max(1) as u64 * 4;
        executor.allocate(special, "special ids", bytes).await?;
        executor.write(special, 0, bytemuck::cast_slice(&table))?;
        Ok(Self {
            architecture,
            weights,
            executor,
            buffer_ids,
            special,
            banned: banned.len() as u32,
            stops: stops.len() as u32,
            prepared: Vec::new(),
        })
    }

    /// The checkpoint's facts.
    pub fn spec(&self) -> &ModelSpec {
        self.architecture.spec()
    }

    /// What runs the network.
    pub fn executor(&self) -> &AnyExecutor {
        &self.executor
    }

    /// Makes ready what a canvas of `rows` with `records` open positions needs.
    ///
    /// # Errors
    /// What the device reports.
    pub async fn warm_up(&mut self, rows: usize, records: usize) -> Result<()> {
        let head = Head::Records(records.next_multiple_of(RECORD_GROUP));
        self.prepared(rows, head).await.map(|_| ())
    }

    /// Forwards the sequence `ids` and returns a record for each of `record_rows`.
    ///
    /// # Errors
    /// What the device reports.
    pub async fn records(&mut self, ids: &[u32], record_rows: &[RecordRow]) -> Result<Vec<Record>> {
        let capacity = record_rows.len().next_multiple_of(RECORD_GROUP);
        let index = self.prepared(ids.len(), Head::Records(capacity)).await?;
        let prepared = &self.prepared[index];
        let mut padded = record_rows.to_vec();
        padded.resize(capacity, record_rows[0]);
        self.executor
            .write(prepared.ids, 0, bytemuck::cast_slice(ids))?;
        self.executor
            .write(prepared.record_rows, 0, bytemuck::cast_slice(&padded))?;
        let bytes = (record_rows.len() * Record::BYTES) as u64;
        let out = self
            .executor
            .run(prepared.id, prepared.output, bytes)
            .await?;
        Ok(out
            .chunks_exact(Record::BYTES)
            .map(bytemuck::pod_read_unaligned)
            .collect())
    }

    /// All logits `[rows, vocabulary]` of the sequence `ids`; row i as the network gives it.
    ///
    /// # Errors
    /// What the device reports.
    pub async fn logits(&mut self, ids: &[u32]) -> Result<Vec<f32>> {
        let index = self.prepared(ids.len(), Head::Logits).await?;
        let prepared = &self.prepared[index];
        self.executor
            .write(prepared.ids, 0, bytemuck::cast_slice(ids))?;
        let bytes = (ids.len() * self.spec().vocabulary * 4) as u64;
        let prepared = &self.prepared[index];
        let out = self
            .executor
            .run(prepared.id, prepared.output, bytes)
            .await?;
        Ok(bytemuck::pod_collect_to_vec(&out))
    }

    /// Index of the recording for a shape, made if need be; it moves to the end of the list.
    async fn prepared(&mut self, rows: usize, head: Head) -> Result<usize> {
        let found = self
            .prepared
            .iter()
            .position(|p| p.rows == rows && p.head == head);
        let prepared = match found {
            Some(index) => self.prepared.remove(index),
            None => self.prepare(rows, head).await?,
        };
        self.prepared.push(prepared);
        if self.prepared.len() > KEPT {
            let oldest = self.prepared.remove(0);
            self.executor.release(oldest.id);
        }
        Ok(self.prepared.len() - 1)
    }

    async fn prepare(&mut self, rows: usize, head: Head) -> Result<Prepared> {
        let mut recording = Recording::default();
        let buffer_ids = &mut self.buffer_ids;
        let spec = self.architecture.spec();
        let mut buffer = |name, words| recording.buffer(buffer_ids, name, words);
        let inputs = Inputs {
            rows: rows as u32,
            ids: buffer("ids", rows),
            positions: buffer("positions", rows),
            classes: buffer("classes", rows),
            rotations: buffer("rotations", rows * spec.head_dim),
        };
        let capacity = if let Head::Records(capacity) = head {
            capacity
        } else {
            0
        };
        let record_rows = buffer("record rows", capacity * size_of::<RecordRow>() / 4);
        let x = self
            .architecture
            .record(&inputs, &self.weights, buffer_ids, &mut recording);
        let output = match head {
            Head::Records(_) => self.record_head(&mut recording, x, record_rows, capacity),
            Head::Logits => self.record_logits(&mut recording, x, rows),
        };
        let id = self.executor.prepare(recording).await?;
        let positions: Vec<u32> = (0..inputs.rows).collect();
        let turns = rotations(rows, self.architecture.spec());
        self.executor
            .write(inputs.positions, 0, bytemuck::cast_slice(&positions))?;
        let attention = self.architecture.spec().attention;
        let classes: Vec<u32> = positions.iter().map(|&p| attention.class_of(p)).collect();
        self.executor
            .write(inputs.classes, 0, bytemuck::cast_slice(&classes))?;
        self.executor
            .write(inputs.rotations, 0, bytemuck::cast_slice(&turns))?;
        let ids = inputs.ids;
        Ok(Prepared {
            rows,
            head,
            id,
            ids,
            record_rows,
            output,
        })
    }

    /// The matrix of the LM head, which may be the embedding.
    fn head_matrix(&self) -> &Matrix {
        let tied = self.architecture.spec().tied_head;
        self.weights
            .matrix(if tied { "embedding" } else { "head" }, None)
    }

    fn final_norm(
        &self,
        x: BufferId,
        y: BufferId,
        rows: usize,
        gather: Option<BufferId>,
    ) -> RmsNorm {
        let spec = self.architecture.spec();
        RmsNorm {
            params: rms_norm::Params {
                dim: spec.hidden as u32,
                eps: spec.eps,
            },
            rows: rows as u32,
            x,
            gain: self.weights.vector("final_norm", None),
            y,
            record_rows: gather,
        }
    }

    /// Appends norm, head and statistics; returns the records `[capacity]`.
    fn record_head(
        &mut self,
        recording: &mut Recording,
        x: BufferId,
        record_rows: BufferId,
        capacity: usize,
    ) -> BufferId {
        let hidden = self.architecture.spec().hidden;
        let head = self.head_matrix().clone();
        let counts = head
            .shards
            .iter()
            .map(|shard| HeadStats::partials(shard.rows));
        let partials: u32 = counts.sum();
        let ids = &mut self.buffer_ids;
        let normed = recording.buffer(ids, "head input", capacity * hidden);
        let words = partials as usize * capacity * PARTIAL_WORDS;
        let partial_stats = recording.buffer(ids, "partial statistics", words);
        let records = recording.buffer(ids, "records", capacity * Record::BYTES / 4);
        recording.push(self.final_norm(x, normed, capacity, Some(record_rows)));
        let mut first_partial = 0;
        for shard in &head.shards {
            recording.push(HeadStats {
                params: head_stats::Params {
                    rows: capacity as u32,
                    quads: head.columns / 4,
                    columns: shard.rows,
                    first_id: shard.first_row,
                    scale_offset: shard.scale_offset,
                    tiles: TILES,
                    first_partial,
                    banned: self.banned,
                    stops: self.stops,
                },
                format: head.format,
                x: normed,
                weight: shard.buffer,
                partials: partial_stats,
                record_rows,
                special: self.special,
            });
            first_partial += HeadStats::partials(shard.rows);
        }
        recording.push(HeadMerge {
            params: head_merge::Params {
                rows: capacity as u32,
                partials,
            },
            partials: partial_stats,
            records,
        });
        records
    }

    /// Appends norm and head; returns the logits `[rows, vocabulary]`.
    fn record_logits(&mut self, recording: &mut Recording, x: BufferId, rows: usize) -> BufferId {
        let spec = self.architecture.spec();
        let (hidden, vocabulary) = (spec.hidden, spec.vocabulary);
        let normed = recording.buffer(&mut self.buffer_ids, "head input", rows * hidden);
        let logits = recording.buffer(&mut self.buffer_ids, "logits", rows * vocabulary);
        recording.push(self.final_norm(x, normed, rows, None));
        let head = self.head_matrix();
        push_matmul(
            recording,
            rows as u32,
            head,
            normed,
            logits,
            Epilogue::Store,
        );
        logits
    }
}

/// Cosine and sine of `position * theta^(-2i / head_dim)`: `[positions, head_dim / 2, 2]`.
fn rotations(positions: usize, spec: &ModelSpec) -> Vec<f32> {
    let half = spec.head_dim / 2;
    let frequency = |i: usize| {
        spec.rope_theta
            .powf(-(2.0 * i as f64) / spec.head_dim as f64)
    };
    let mut turns = Vec::with_capacity(positions * spec.head_dim);
    for position in 0..positions {
        for i in 0..half {
            // Like the checkpoints' own code, the angle is a single-precision product.
            let angle = position as f32 * frequency(i) as f32;
            turns.extend([angle.cos(), angle.sin()]);
        }
    }
    turns
}
