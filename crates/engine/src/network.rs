//! A loaded network: recordings by shape, inputs in, records out.
//!
//! Two heads: the fused one computes records without storing logits; the wide one stores the
//! logits of the rows that need a record, for what cannot be had otherwise.

mod ask;
mod cache;
mod layers;
mod logits;
mod moves;
#[cfg(not(target_arch = "wasm32"))]
mod parts;
mod placement;
mod prefix;
mod preparation;
mod rules;
mod unrolled;
mod wide;

pub use ask::{Ask, Branch, LogitRules, Reading, Readout, Rows, Shadow};
pub use layers::Layers;
pub use unrolled::{Decision, Taken};

use crate::device::AnyExecutor;
use crate::error::Result;
use crate::gpu::TileChoice;
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::kernels::kv::KvFormat;
use crate::model::{Architecture, Attention, ModelSpec, Weights};
use crate::record::Record;
use crate::recording::{BufferId, BufferIds, Executor};
use cache::{Kept, KvCache};
use layers::{LayerCaches, Layering, Placed};
use logits::LogitStore;
use placement::{Classes, Extra, Placement};
use prefix::Prefix;
use preparation::{Form, Head, Prepared, capacity};
use rules::RulesBuffer;

/// Chosen rows come in multiples of this, so that few shapes are compiled.
const ROW_GROUP: usize = 8;

/// A model on an executor.
pub struct Network {
    architecture: Box<dyn Architecture>,
    weights: Weights,
    executor: AnyExecutor,
    buffer_ids: BufferIds,
    /// `[banned, then stops]` u32
    special: BufferId,
    /// `[1]` u32: how much of the sequence is masked, where the network is told
    noise_level: Option<BufferId>,
    prefix: Prefix,
    /// MASK first.
    banned: Vec<u32>,
    stops: u32,
    prepared: Vec<Prepared>,
    stored: LogitStore,
    rules: Option<RulesBuffer>,
    kv: KvFormat,
    cache: Option<KvCache>,
    kept: Kept,
    layers: LayerCaches,
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
        let noise_level = match architecture.spec().noise_steps {
            Some(_) => {
                let id = buffer_ids.fresh();
                executor.allocate(id, "noise level", 4).await?;
                Some(id)
            }
            None => None,
        };
        Ok(Self {
            architecture,
            weights,
            executor,
            buffer_ids,
            special,
            noise_level,
            prefix: Prefix::default(),
            banned: banned.to_vec(),
            stops: (table.len() - banned.len()) as u32,
            prepared: Vec::new(),
            stored: LogitStore::default(),
            rules: None,
            kv: KvFormat::default(),
            cache: None,
            kept: Kept::default(),
            layers: LayerCaches::default(),
        })
    }

    /// Keeps keys and values in `format`, for which the model's heads must be of the right size
    /// ([`KvFormat::fits`]).
    #[must_use]
    pub fn with_kv(mut self, format: KvFormat) -> Self {
        self.kv = format;
        self
    }

    /// The checkpoint's facts.
    pub fn spec(&self) -> &ModelSpec {
        self.architecture.spec()
    }

    /// What runs the network.
    pub fn executor(&self) -> &AnyExecutor {
        &self.executor
    }

    /// Bytes of the keys and values that are kept from one forward to the next.
    pub fn cache_bytes(&self) -> u64 {
        let own = self.cache.as_ref().map_or(0, |cache| cache.capacity);
        let slots = own + self.layers.slots();
        slots as u64 * self.spec().position_bytes(self.kv)
    }

    /// Measures which kernels are faster on the device. Recordings that others were chosen for are
    /// made anew.
    ///
    /// # Errors
    /// What the device reports.
    pub async fn tune(&mut self) -> Result<Option<TileChoice>> {
        let before = self.executor.report().tier.tiling;
        let tiles = self.executor.tune().await?;
        if self.executor.report().tier.tiling != before {
            for prepared in self.prepared.drain(..) {
                self.executor.release(prepared.id);
            }
        }
        Ok(tiles)
    }

    /// Makes ready what a canvas of `rows` with `records` open positions needs.
    ///
    /// # Errors
    /// What the device reports.
    pub async fn warm_up(&mut self, rows: usize, records: usize) -> Result<()> {
        let placement = Placement::whole(rows, Extra::default(), self.classes(Reading::Own));
        let placed = Placed::fleeting(placement);
        let form = Form::new(&placed, Head::Records(capacity(records)));
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
        if ask.layers != Layers::Alike {
            self.keep_floats();
        }
        if matches!(ask.layers, Layers::Drift { .. }) {
            return self.read_elastic(ids, ask).await;
        }
        let mut placed = self.placed(ids, ask).await?;
        placed.placement = self.ordered(placed.placement, ids);
        let placed = self.layered(placed, ask, ids.len()).await?;
        self.pass(ids, ask, &placed).await
    }

    /// One forward, and what is kept of it.
    async fn pass(&mut self, ids: &[u32], ask: &Ask<'_>, placed: &Placed) -> Result<Readout> {
        // Should it fail half way, nobody knows what the slots hold.
        let kept = std::mem::take(&mut self.kept);
        let readout = match ask.is_plain() {
            true => self.fused(ids, ask, placed).await?,
            false => self.wide(ids, ask, placed).await?,
        };
        self.kept = kept;
        self.layers_computed(ask, placed.layering, ids.len());
        if placed.cached && placed.layering != Layering::Kept {
            self.kept
                .computed(&ask.forward, placed.placement.seen(), ids);
            if let Some(start) = ask.reading.spoilt_from() {
                self.kept.forget_from(start);
            }
        }
        Ok(readout)
    }

    /// A new run begins: what another one left is no approximation of it.
    pub fn begin_run(&mut self) {
        self.kept.begin_run();
        self.layers.forget();
    }

    /// Where the rows of the ask are, and whether they use the cache, which has room then.
    async fn placed(&mut self, ids: &[u32], ask: &Ask<'_>) -> Result<Placed> {
        let classes = self.classes(ask.reading);
        // Who sees whom in what is kept.
        let attention = match ask.reading {
            Reading::CausalUntil(_) => Attention::Causal,
            Reading::Own | Reading::CausalFrom(_) => classes.attention,
        };
        let (cached, group) = match ask.forward {
            Rows::All => (false, 1),
            Rows::Changed => (attention != Attention::Full, 1),
            Rows::Chosen { .. } => (true, ask.layers.row_group()),
        };
        let extra = Extra {
            shadows: &ask.shadows,
            branches: &ask.branches,
        };
        if !cached {
            return Ok(Placed::fleeting(Placement::whole(
                ids.len(),
                extra,
                classes,
            )));
        }
        self.kept.read_by(attention);
        self.settle().await?;
        let wanted = ask.wanted();
        let mut seen = self.kept.forwarded(&ask.forward, ids, attention, &wanted);
        if matches!(ask.reading, Reading::CausalFrom(_)) {
            seen.end_at(wanted[wanted.len() - 1]);
        }
        let placement = Placement::new(seen, extra, classes, group);
        self.have_slots(placement.capacity(ids.len())).await?;
        Ok(Placed {
            cached: true,
            ..Placed::fleeting(placement)
        })
    }

    /// `placement` in the order in which the model attends.
    fn ordered(&self, placement: Placement, ids: &[u32]) -> Placement {
        match self.spec().masks_last {
            true => placement.with_masks_last(ids, self.mask()),
            false => placement,
        }
    }

    fn classes(&self, reading: Reading) -> Classes {
        Classes {
            attention: self.spec().attention,
            reading,
        }
    }

    /// Sees to it that the cache has `capacity` slots. One that grows keeps what it holds, and takes
    /// along the recordings that name its buffers.
    async fn have_slots(&mut self, capacity: usize) -> Result<()> {
        if self.cache.as_ref().is_some_and(|c| c.capacity >= capacity) {
            return Ok(());
        }
        for prepared in self.prepared.extract_if(.., |p| p.form.cached) {
            self.executor.release(prepared.id);
        }
        let device = (&mut self.executor, &mut self.buffer_ids);
        if let Some(cache) = &mut self.cache {
            return cache.grow(device, capacity).await;
        }
        let spec = self.architecture.spec();
        let words = spec.kept_words(self.kv);
        self.cache = Some(KvCache::new(device, spec.layers, (capacity, words)).await?);
        Ok(())
    }

    async fn fused(&mut self, ids: &[u32], ask: &Ask<'_>, placed: &Placed) -> Result<Readout> {
        let placement = &placed.placement;
        let record_rows = placement.record_rows(&ask.rows, &ask.branches, (ids, self.mask()));
        let head = Head::Records(capacity(record_rows.len()));
        let index = self.prepared(Form::new(placed, head)).await?;
        self.write_rows(index, (ids, &ask.branches), placement, &record_rows)?;
        let bytes = (record_rows.len() * Record::BYTES) as u64;
        let out = self.run_prepared(index, bytes).await?;
        Ok(Readout {
            records: out
                .chunks_exact(Record::BYTES)
                .map(bytemuck::pod_read_unaligned)
                .collect(),
            forwarded: self.rows_computed(placed),
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
        let tokens = placement.tokens(ids, mask, branches);
        self.write_noise_level(ids)?;
        let prepared = &self.prepared[index];
        self.executor
            .write(prepared.inputs.ids, 0, bytemuck::cast_slice(&tokens))?;
        let mut padded = record_rows.to_vec();
        padded.resize(capacity(record_rows.len()), padded[0]);
        self.executor
            .write(prepared.record_rows, 0, bytemuck::cast_slice(&padded))
    }

    /// Tells the network how much of `ids` is masked, where it wants to know.
    fn write_noise_level(&mut self, ids: &[u32]) -> Result<()> {
        let steps = self.spec().noise_steps;
        let (Some(buffer), Some(steps)) = (self.noise_level, steps) else {
            return Ok(());
        };
        let masks = ids.iter().filter(|id| **id == self.mask()).count();
        let share = masks as f64 / ids.len().max(1) as f64;
        let level = (share * f64::from(steps)).round() as u32;
        self.executor.write(buffer, 0, bytemuck::bytes_of(&level))
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
        let placement = self.ordered(placement, ids);
        let placed = Placed::fleeting(placement);
        let form = Form::new(&placed, Head::Logits);
        let index = self.prepared(form).await?;
        self.place(index, &placed.placement)?;
        self.write_noise_level(ids)?;
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
}
