//! Recordings by shape, made when first needed and kept.

use super::Network;
use super::layers::{Layering, Placed};
use super::placement::Placement;
use super::unrolled::Unrolled;
use super::wide::{Wide, WideInputs};
use crate::error::Result;
use crate::kernels::head_merge::{self, HeadMerge};
use crate::kernels::head_stats::{self, HeadStats, PARTIAL_WORDS, RecordRow};
use crate::kernels::logit_stats::ReadoutRow;
use crate::kernels::matmul_tile::Epilogue;
use crate::model::{BranchInputs, HeadRows, Inputs, LocalInputs, Matrix, Rotary, push_matmul};
use crate::record::Record;
use crate::recording::{BufferId, Executor as _, PreparedId, Recording};

/// Record rows come in multiples of this, a row tile of the head, so that few shapes are compiled.
const RECORD_GROUP: usize = 32;

/// Below that, in these numbers: one for a causal model's step, few for the end of a block.
const FEW_RECORDS: [usize; 2] = [1, 8];

/// Recordings kept ready; the least recently used goes first.
const KEPT: usize = 24;

/// What a recording ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Records for up to so many rows.
    Records(usize),
    /// Records for up to so many rows and what a rule takes of them, over and over.
    Unrolled {
        /// Rows.
        capacity: usize,
        /// Forwards.
        steps: usize,
    },
    /// Stored logits, and what is read from them.
    Wide(Wide),
    /// All logits of every row: for comparisons, never for generation.
    Logits,
}

/// What makes a recording; the rest is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub rows: usize,
    /// Slots that may be attended to.
    pub keys: usize,
    /// Whether keys and values are kept in the cache.
    pub cached: bool,
    /// Positions that rotations are needed for.
    pub turns: usize,
    /// Whether the sequence has branches.
    pub branched: bool,
    /// What the layers make of the rows.
    pub layering: Layering,
    pub head: Head,
}

impl Form {
    pub fn new(placed: &Placed, head: Head) -> Self {
        let placement = &placed.placement;
        Self {
            rows: placement.rows(),
            keys: placement.keys(),
            cached: placed.cached,
            turns: placement.turns(),
            branched: placement.is_branched(),
            layering: placed.layering,
            head,
        }
    }
}

pub struct Prepared {
    pub form: Form,
    pub id: PreparedId,
    pub inputs: Inputs,
    /// What the rows' inputs say now.
    pub placement: Option<Placement>,
    pub record_rows: BufferId,
    pub wide: Option<WideInputs>,
    pub unrolled: Option<Unrolled>,
    pub output: BufferId,
}

impl Network {
    /// Index of the recording of a form, made if need be; it moves to the end of the list.
    pub(super) async fn prepared(&mut self, form: Form) -> Result<usize> {
        let found = self.prepared.iter().position(|p| p.form == form);
        let prepared = match found {
            Some(index) => self.prepared.remove(index),
            None => self.prepare(form).await?,
        };
        self.prepared.push(prepared);
        if self.prepared.len() > KEPT {
            let oldest = self.prepared.remove(0);
            self.executor.release(oldest.id);
        }
        Ok(self.prepared.len() - 1)
    }

    async fn prepare(&mut self, form: Form) -> Result<Prepared> {
        let Form { rows, turns, .. } = form;
        let mut recording = Recording::default();
        let inputs = self.record_inputs(&mut recording, form);
        let stores = self.stores(&mut recording, form);
        let words = record_capacity(form.head) * size_of::<RecordRow>() / 4;
        let record_rows = recording.buffer(&mut self.buffer_ids, "record rows", words);
        let x = self.record_layers(form, &inputs, &stores, &mut recording);
        let (mut wide, mut unrolled) = (None, None);
        let output = match form.head {
            Head::Records(capacity) => self.record_head(&mut recording, x, record_rows, capacity),
            Head::Unrolled { capacity, steps } => {
                let records = self.record_head(&mut recording, x, record_rows, capacity);
                let buffers = (inputs.ids, records, record_rows);
                let made = self.record_steps(&mut recording, buffers, (capacity, steps));
                unrolled.insert(made).log
            }
            Head::Wide(shape) => {
                let body = Body { inputs, stores, x };
                let made = self.record_wide(&mut recording, &body, record_rows, shape);
                wide.insert(made).readout
            }
            Head::Logits => self.record_logits(&mut recording, x, rows),
        };
        let output = (output, output_words(form.head));
        let output = self.record_report(&mut recording, form.layering, output);
        let id = self.executor.prepare(recording).await?;
        let spec = self.architecture.spec();
        let rotations = spec.positions.turns(turns, spec.head_dim);
        self.executor
            .write(inputs.rotations, 0, bytemuck::cast_slice(&rotations))?;
        if let (Some(buffers), Some(local)) = (inputs.local, spec.local) {
            let rotations = Rotary::plain(local.theta).turns(turns, spec.head_dim);
            self.executor
                .write(buffers.rotations, 0, bytemuck::cast_slice(&rotations))?;
        }
        Ok(Prepared {
            form,
            id,
            inputs,
            placement: None,
            record_rows,
            wide,
            unrolled,
            output,
        })
    }

    /// Plans what a forward reads.
    fn record_inputs(&mut self, recording: &mut Recording, form: Form) -> Inputs {
        let Form {
            rows, keys, turns, ..
        } = form;
        let kv = self.kv;
        let spec = self.architecture.spec();
        let (head_dim, is_local) = (spec.head_dim, spec.local.is_some());
        let ids = &mut self.buffer_ids;
        let mut buffer = |name, words| recording.buffer(ids, name, words);
        Inputs {
            rows: rows as u32,
            keys: keys as u32,
            ids: buffer("ids", rows),
            positions: buffer("positions", rows),
            slots: buffer("slots", rows),
            classes: buffer("classes", rows),
            key_classes: buffer("key classes", keys),
            blind: buffer("blind", rows),
            rotations: buffer("rotations", turns * head_dim),
            noise_level: self.noise_level,
            kv,
            local: is_local.then(|| LocalInputs {
                rotations: buffer("local rotations", turns * head_dim),
                key_positions: buffer("key positions", keys),
            }),
            branches: form.branched.then(|| BranchInputs {
                rows: buffer("row branches", 2 * rows),
                keys: buffer("key branches", 2 * keys),
            }),
        }
    }

    /// The buffer of each layer's keys and values: the cache's, or one for all layers in turn.
    fn stores(&mut self, recording: &mut Recording, form: Form) -> Vec<BufferId> {
        let spec = self.architecture.spec();
        if let Some(stores) = self.layers.stores(form.layering) {
            return stores.to_vec();
        }
        match &self.cache {
            Some(cache) if form.cached => cache.stores(),
            _ => {
                let words = form.keys * spec.kept_words(self.kv);
                let ids = &mut self.buffer_ids;
                vec![recording.buffer(ids, "keys and values", words); spec.layers]
            }
        }
    }

    /// The matrix of the LM head, which may be the embedding.
    fn head_matrix(&self) -> &Matrix {
        let tied = self.architecture.spec().tied_head;
        self.weights
            .matrix(if tied { "embedding" } else { "head" }, None)
    }

    /// Appends what lies between hidden states and head; returns the head's input.
    pub(super) fn record_head_input(
        &mut self,
        recording: &mut Recording,
        x: BufferId,
        rows: HeadRows,
    ) -> BufferId {
        let ids = &mut self.buffer_ids;
        self.architecture
            .record_head_input(x, rows, &self.weights, ids, recording)
    }

    /// The head's bias, which few families have.
    fn head_bias(&self) -> Option<BufferId> {
        self.weights.optional_vector("head_bias", None)
    }

    /// Appends the head over its `input`; `logits` is `[rows, vocabulary]`.
    pub(super) fn push_head(
        &self,
        recording: &mut Recording,
        rows: usize,
        input: BufferId,
        logits: BufferId,
    ) {
        let epilogue = self.head_bias().map_or(Epilogue::Store, Epilogue::Bias);
        let head = self.head_matrix();
        push_matmul(recording, rows as u32, head, input, logits, epilogue);
    }

    /// Appends norm, head and statistics; returns the records `[capacity]`.
    fn record_head(
        &mut self,
        recording: &mut Recording,
        x: BufferId,
        record_rows: BufferId,
        capacity: usize,
    ) -> BufferId {
        let gather = Some(record_rows);
        let count = capacity;
        let rows = HeadRows {
            count,
            gather,
            noise_level: self.noise_level,
        };
        let normed = self.record_head_input(recording, x, rows);
        let head = self.head_matrix().clone();
        let bias = self.head_bias();
        let counts = head
            .shards
            .iter()
            .map(|shard| HeadStats::partials(shard.rows));
        let partials: u32 = counts.sum();
        let ids = &mut self.buffer_ids;
        let words = partials as usize * capacity * PARTIAL_WORDS;
        let partial_stats = recording.buffer(ids, "partial statistics", words);
        let records = recording.buffer(ids, "records", capacity * Record::BYTES / 4);
        let mut first_partial = 0;
        for shard in &head.shards {
            recording.push(HeadStats {
                params: head_stats::Params {
                    rows: capacity as u32,
                    quads: head.columns / 4,
                    columns: shard.rows,
                    first_id: shard.first_row,
                    scale_offset: shard.scale_offset,
                    first_partial,
                    banned: self.banned.len() as u32,
                    stops: self.stops,
                },
                format: head.format,
                x: normed,
                weight: shard.buffer,
                partials: partial_stats,
                record_rows,
                special: self.special,
                bias,
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
        let vocabulary = self.architecture.spec().vocabulary;
        let all = HeadRows {
            count: rows,
            gather: None,
            noise_level: self.noise_level,
        };
        let input = self.record_head_input(recording, x, all);
        let logits = recording.buffer(&mut self.buffer_ids, "logits", rows * vocabulary);
        self.push_head(recording, rows, input, logits);
        logits
    }
}

/// What a recorded forward leaves for the heads.
pub struct Body {
    pub inputs: Inputs,
    pub stores: Vec<BufferId>,
    /// `[rows, hidden]`: the last hidden state
    pub x: BufferId,
}

/// Record rows that a recording has room for, where so many are wanted.
pub fn capacity(records: usize) -> usize {
    let few = FEW_RECORDS.into_iter().find(|few| records <= *few);
    few.unwrap_or_else(|| records.next_multiple_of(RECORD_GROUP))
}

/// Record rows of a head.
fn record_capacity(head: Head) -> usize {
    match head {
        Head::Records(capacity) | Head::Unrolled { capacity, .. } => capacity,
        Head::Wide(wide) => wide.capacity,
        Head::Logits => 0,
    }
}

/// Words of what a head returns, where it follows what the layers report.
fn output_words(head: Head) -> usize {
    match head {
        Head::Records(capacity) => capacity * Record::BYTES / 4,
        Head::Wide(wide) => wide.capacity * size_of::<ReadoutRow>() / 4,
        // Nothing is reported where these are asked for.
        Head::Unrolled { .. } | Head::Logits => 0,
    }
}
