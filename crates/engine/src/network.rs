//! A loaded network: recordings by shape, inputs in, records out.
//!
//! Two heads: the fused one computes records without storing logits; the wide one stores the
//! logits of the rows that need a record, for what cannot be had otherwise.

mod ask;
mod cache;
mod logits;
mod placement;
mod rules;
mod wide;

pub use ask::{Ask, Branch, LogitRules, Reading, Readout, Rows, Shadow};

use crate::device::AnyExecutor;
use crate::error::Result;
use crate::kernels::head_merge::{self, HeadMerge};
use crate::kernels::head_stats::{self, HeadStats, NO_TOKEN, PARTIAL_WORDS, RecordRow};
use crate::kernels::matmul_tile::Epilogue;
use crate::model::{
    Architecture, Attention, BranchInputs, HeadRows, Inputs, LocalInputs, Matrix, ModelSpec,
    Rotary, Weights, push_matmul,
};
use crate::record::Record;
use crate::recording::{BufferId, BufferIds, Executor, PreparedId, Recording};
use cache::{Kept, KvCache};
use logits::LogitStore;
use placement::{Classes, Extra, Placement};
use rules::RulesBuffer;
use wide::{Wide, WideInputs};

/// Record rows come in multiples of this, a row tile of the head, so that few shapes are compiled.
const RECORD_GROUP: usize = 32;

/// Below that, in these numbers: one for a causal model's step, few for the end of a block.
const FEW_RECORDS: [usize; 2] = [1, 8];

/// Chosen rows come in multiples of this, for the same reason.
const ROW_GROUP: usize = 8;

/// Recordings kept ready; the least recently used goes first.
const KEPT: usize = 24;

/// What a recording ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    /// Records for up to so many rows.
    Records(usize),
    /// Stored logits, and what is read from them.
    Wide(Wide),
    /// All logits of every row: for comparisons, never for generation.
    Logits,
}

/// What makes a recording; the rest is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    rows: usize,
    /// Slots that may be attended to.
    keys: usize,
    /// Whether keys and values are kept in the cache.
    cached: bool,
    /// Whether the sequence has branches.
    branched: bool,
    head: Head,
}

impl Form {
    fn new(placement: &Placement, cached: bool, head: Head) -> Self {
        Self {
            rows: placement.rows(),
            keys: placement.keys(),
            cached,
            branched: placement.is_branched(),
            head,
        }
    }
}

struct Prepared {
    form: Form,
    id: PreparedId,
    inputs: Inputs,
    /// What the rows' inputs say now.
    placement: Option<Placement>,
    record_rows: BufferId,
    wide: Option<WideInputs>,
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
    /// MASK first.
    banned: Vec<u32>,
    stops: u32,
    prepared: Vec<Prepared>,
    stored: LogitStore,
    rules: Option<RulesBuffer>,
    cache: Option<KvCache>,
    kept: Kept,
}

impl Network {
    /// Ties loaded weights to their executor. `banned` ids are never proposed, MASK is the first of
    /// them; `stops` are summed up in each record.
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
        let mut table = banned.to_vec();
        for stop in stops {
            // Each counts once in `l_eos`, however often the checkpoint names it.
            if !table[banned.len()..].contains(stop) {
                table.push(*stop);
            }
        }
        let bytes = table.len().max(1) as u64 * 4;
        executor.allocate(special, "special ids", bytes).await?;
        executor.write(special, 0, bytemuck::cast_slice(&table))?;
        Ok(Self {
            architecture,
            weights,
            executor,
            buffer_ids,
            special,
            banned: banned.to_vec(),
            stops: (table.len() - banned.len()) as u32,
            prepared: Vec::new(),
            stored: LogitStore::default(),
            rules: None,
            cache: None,
            kept: Kept::default(),
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

    /// What runs the network, to be changed.
    pub fn executor_mut(&mut self) -> &mut AnyExecutor {
        &mut self.executor
    }

    /// What the checkpoint is.
    pub fn architecture(&self) -> &dyn Architecture {
        &*self.architecture
    }

    /// Where its parameters are.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Bytes of the keys and values that are kept from one forward to the next.
    pub fn cache_bytes(&self) -> u64 {
        let spec = self.spec();
        let slot = 2 * spec.key_heads * spec.head_dim * size_of::<f32>() * spec.layers;
        let slots = self.cache.as_ref().map_or(0, |cache| cache.capacity);
        (slots * slot) as u64
    }

    /// Makes ready what a canvas of `rows` with `records` open positions needs.
    ///
    /// # Errors
    /// What the device reports.
    pub async fn warm_up(&mut self, rows: usize, records: usize) -> Result<()> {
        let placement = Placement::whole(rows, Extra::default(), self.classes(Reading::Own));
        let form = Form::new(&placement, false, Head::Records(capacity(records)));
        self.prepared(form).await.map(|_| ())
    }

    /// Forwards the sequence `ids` and tells what `ask` asks for, by the fused head where that is
    /// enough.
    ///
    /// # Errors
    /// `bad_input` where the ask does not fit the sequence or the model; `out_of_memory` where the
    /// logits of so many rows cannot be stored; what the device reports.
    pub async fn read(&mut self, ids: &[u32], ask: &Ask<'_>) -> Result<Readout> {
        ask.check(ids.len(), self.spec(), self.stored.kept_rows())?;
        if ask.count() == 0 {
            return Ok(Readout::default());
        }
        let (placement, cached) = self.placed(ids, ask).await?;
        // Should it fail half way, nobody knows what the slots hold.
        let kept = std::mem::take(&mut self.kept);
        let readout = match ask.is_plain() {
            true => self.fused(ids, ask, &placement, cached).await?,
            false => self.wide(ids, ask, &placement, cached).await?,
        };
        self.kept = kept;
        if cached {
            self.kept.computed(&ask.forward, placement.seen(), ids);
            if let Some(start) = ask.reading.spoilt_from() {
                self.kept.forget_from(start);
            }
        }
        Ok(readout)
    }

    /// A new run begins: what another one left is no approximation of it.
    pub fn begin_run(&mut self) {
        self.kept.begin_run();
    }

    /// Where the rows of the ask are, and whether they use the cache, which has room then.
    async fn placed(&mut self, ids: &[u32], ask: &Ask<'_>) -> Result<(Placement, bool)> {
        let classes = self.classes(ask.reading);
        // Who sees whom in what is kept.
        let attention = match ask.reading {
            Reading::CausalUntil(_) => Attention::Causal,
            Reading::Own | Reading::CausalFrom(_) => classes.attention,
        };
        let (cached, group) = match ask.forward {
            Rows::All => (false, 1),
            Rows::Changed => (attention != Attention::Full, 1),
            Rows::Chosen { .. } => (true, ROW_GROUP),
        };
        let extra = Extra {
            shadows: &ask.shadows,
            branches: &ask.branches,
        };
        if !cached {
            return Ok((Placement::whole(ids.len(), extra, classes), false));
        }
        self.kept.read_by(attention);
        let wanted = ask.wanted();
        loop {
            let mut seen = self.kept.forwarded(&ask.forward, ids, attention, &wanted);
            if matches!(ask.reading, Reading::CausalFrom(_)) {
                seen.end_at(wanted[wanted.len() - 1]);
            }
            let placement = Placement::new(seen, extra, classes, group);
            // A cache that grows forgets, and then more has to be forwarded.
            if !self.make_cache(placement.capacity(ids.len())).await? {
                return Ok((placement, true));
            }
        }
    }

    fn classes(&self, reading: Reading) -> Classes {
        Classes {
            attention: self.spec().attention,
            reading,
        }
    }

    /// Sees to it that the cache has `capacity` slots; whether it had to be made anew. One that grows
    /// loses its contents, and takes the recordings that name it along.
    async fn make_cache(&mut self, capacity: usize) -> Result<bool> {
        if self.cache.as_ref().is_some_and(|c| c.capacity >= capacity) {
            return Ok(false);
        }
        for prepared in self.prepared.extract_if(.., |p| p.form.cached) {
            self.executor.release(prepared.id);
        }
        self.kept.forget();
        if let Some(old) = self.cache.take() {
            self.executor.release(old.owner);
        }
        let spec = self.architecture.spec();
        let made = KvCache::new(&mut self.executor, &mut self.buffer_ids, spec, capacity);
        self.cache = Some(made.await?);
        Ok(true)
    }

    async fn fused(
        &mut self,
        ids: &[u32],
        ask: &Ask<'_>,
        placement: &Placement,
        cached: bool,
    ) -> Result<Readout> {
        let record_rows = placement.record_rows(&ask.rows, &ask.branches, (ids, self.mask()));
        let head = Head::Records(capacity(record_rows.len()));
        let index = self.prepared(Form::new(placement, cached, head)).await?;
        self.write_rows(index, (ids, &ask.branches), placement, &record_rows)?;
        let bytes = (record_rows.len() * Record::BYTES) as u64;
        let prepared = &self.prepared[index];
        let out = self
            .executor
            .run(prepared.id, prepared.output, bytes)
            .await?;
        Ok(Readout {
            records: out
                .chunks_exact(Record::BYTES)
                .map(bytemuck::pod_read_unaligned)
                .collect(),
            forwarded: placement.rows(),
            ..Readout::default()
        })
    }

    /// Writes what every head reads: placement, tokens and record rows, filled up with the first.
    fn write_rows(
        &mut self,
        index: usize,
        (ids, branches): (&[u32], &[Branch]),
        placement: &Placement,
        record_rows: &[RecordRow],
    ) -> Result<()> {
        let mask = self.mask();
        self.place(index, placement)?;
        let prepared = &self.prepared[index];
        let tokens = placement.tokens(ids, mask, branches);
        self.executor
            .write(prepared.inputs.ids, 0, bytemuck::cast_slice(&tokens))?;
        let mut padded = record_rows.to_vec();
        padded.resize(capacity(record_rows.len()), padded[0]);
        self.executor
            .write(prepared.record_rows, 0, bytemuck::cast_slice(&padded))
    }

    /// Writes where the rows are and what they attend to, unless it is there already.
    fn place(&mut self, index: usize, placement: &Placement) -> Result<()> {
        let prepared = &mut self.prepared[index];
        if prepared.placement.as_ref() == Some(placement) {
            return Ok(());
        }
        let inputs = prepared.inputs;
        let mut writes = vec![
            (inputs.positions, placement.positions()),
            (inputs.slots, placement.slots()),
            (inputs.classes, placement.classes()),
            (inputs.key_classes, placement.key_classes()),
            (inputs.blind, placement.blind()),
        ];
        if let Some(local) = inputs.local {
            writes.push((local.key_positions, placement.key_positions()));
        }
        if let Some(branches) = inputs.branches {
            writes.push((branches.rows, placement.row_branches()));
            writes.push((branches.keys, placement.key_branches()));
        }
        for (buffer, words) in writes {
            self.executor
                .write(buffer, 0, bytemuck::cast_slice(&words))?;
        }
        prepared.placement = Some(placement.clone());
        Ok(())
    }

    /// The id of MASK; a model without one has no extra rows either.
    fn mask(&self) -> u32 {
        self.banned.first().copied().unwrap_or(NO_TOKEN)
    }

    /// All logits `[rows, vocabulary]` of the sequence `ids`; row i as the network gives it.
    ///
    /// # Errors
    /// What the device reports.
    pub async fn logits(&mut self, ids: &[u32]) -> Result<Vec<f32>> {
        let placement = Placement::whole(ids.len(), Extra::default(), self.classes(Reading::Own));
        let form = Form::new(&placement, false, Head::Logits);
        let index = self.prepared(form).await?;
        self.place(index, &placement)?;
        let prepared = &self.prepared[index];
        self.executor
            .write(prepared.inputs.ids, 0, bytemuck::cast_slice(ids))?;
        let bytes = (ids.len() * self.spec().vocabulary * 4) as u64;
        let out = self
            .executor
            .run(prepared.id, prepared.output, bytes)
            .await?;
        Ok(bytemuck::pod_collect_to_vec(&out))
    }

    /// Index of the recording of a form, made if need be; it moves to the end of the list.
    async fn prepared(&mut self, form: Form) -> Result<usize> {
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
        let Form { rows, keys, .. } = form;
        let mut recording = Recording::default();
        let inputs = self.record_inputs(&mut recording, form);
        let stores = self.stores(&mut recording, form);
        let words = record_capacity(form.head) * size_of::<RecordRow>() / 4;
        let record_rows = recording.buffer(&mut self.buffer_ids, "record rows", words);
        let buffer_ids = &mut self.buffer_ids;
        let x =
            self.architecture
                .record(&inputs, &stores, &self.weights, buffer_ids, &mut recording);
        let mut wide = None;
        let output = match form.head {
            Head::Records(capacity) => self.record_head(&mut recording, x, record_rows, capacity),
            Head::Wide(shape) => {
                let body = Body { inputs, stores, x };
                let made = self.record_wide(&mut recording, &body, record_rows, shape);
                wide.insert(made).readout
            }
            Head::Logits => self.record_logits(&mut recording, x, rows),
        };
        let id = self.executor.prepare(recording).await?;
        let spec = self.architecture.spec();
        let turns = spec.positions.turns(keys, spec.head_dim);
        self.executor
            .write(inputs.rotations, 0, bytemuck::cast_slice(&turns))?;
        if let (Some(buffers), Some(local)) = (inputs.local, spec.local) {
            let turns = Rotary::plain(local.theta).turns(keys, spec.head_dim);
            self.executor
                .write(buffers.rotations, 0, bytemuck::cast_slice(&turns))?;
        }
        Ok(Prepared {
            form,
            id,
            inputs,
            placement: None,
            record_rows,
            wide,
            output,
        })
    }

    /// Plans what a forward reads.
    fn record_inputs(&mut self, recording: &mut Recording, form: Form) -> Inputs {
        let Form { rows, keys, .. } = form;
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
            rotations: buffer("rotations", keys * head_dim),
            local: is_local.then(|| LocalInputs {
                rotations: buffer("local rotations", keys * head_dim),
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
        match &self.cache {
            Some(cache) if form.cached => cache.layers.clone(),
            _ => {
                let words = form.keys * 2 * spec.key_heads * spec.head_dim;
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
    fn record_head_input(
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
    fn push_head(&self, recording: &mut Recording, rows: usize, input: BufferId, logits: BufferId) {
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
        let normed = self.record_head_input(recording, x, HeadRows { count, gather });
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
        };
        let input = self.record_head_input(recording, x, all);
        let logits = recording.buffer(&mut self.buffer_ids, "logits", rows * vocabulary);
        self.push_head(recording, rows, input, logits);
        logits
    }
}

/// What a recorded forward leaves for the heads.
struct Body {
    inputs: Inputs,
    stores: Vec<BufferId>,
    /// `[rows, hidden]`: the last hidden state
    x: BufferId,
}

/// Record rows that a recording has room for, where so many are wanted.
fn capacity(records: usize) -> usize {
    let few = FEW_RECORDS.into_iter().find(|few| records <= *few);
    few.unwrap_or_else(|| records.next_multiple_of(RECORD_GROUP))
}

/// Record rows of a head.
fn record_capacity(head: Head) -> usize {
    match head {
        Head::Records(capacity) => capacity,
        Head::Wide(wide) => wide.capacity,
        Head::Logits => 0,
    }
}
