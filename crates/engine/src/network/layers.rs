//! Forwards whose layers decide for themselves: what they keep from one forward to the next.

mod adaptive;
mod elastic;
mod sparse;

use std::ops::Range;

use super::ask::Ask;
use super::placement::Placement;
use super::preparation::Form;
use super::{Network, ROW_GROUP};
use crate::error::{Error, Result};
use crate::kernels::kv::KvFormat;
use crate::kernels::row_copy::{self, RowCopy, Way};
use crate::model::{Attention, Inputs, LayerWork, ModelSpec};
use crate::recording::{BufferId, Executor as _, Recording};
use adaptive::Added;
use elastic::Watch;
use sparse::Evicted;

/// What an ask wants the layers to make of the rows that are forwarded.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Layers {
    /// All the same.
    #[default]
    Alike,
    /// Of the keys outside the rows of `block`, each layer keeps the part `keep`: those that the
    /// queries of the block score highest. For a forward of all rows.
    Evict {
        /// Rows whose keys are no candidates.
        block: Range<u32>,
        /// Part of the others that is kept, rounded down.
        keep: f32,
    },
    /// The rows are those of this block, and see each other and what the last `Evict` kept for it.
    /// As `Alike` where nothing was kept for it.
    Kept(Range<u32>),
    /// Every layer but the first computes the rows before `from`, and of the others the part whose
    /// values moved most since they were last computed; the rest keeps what attention and the
    /// feed-forward network last added to it. All rows where one of them was never computed.
    Adapt {
        /// The first row that need not be computed.
        from: u32,
        /// Part of the rows from there on that is computed, rounded down.
        ratio: f32,
    },
    /// A layer keeps track of the written position that the window attends to most. Where the
    /// attention of that row is not what it was in the forward before, the layers behind compute all
    /// rows. As a forward of all rows where one of them was never computed.
    Drift {
        /// The cosine of two rows of attention below which they differ.
        threshold: f32,
        /// Rows whose attention counts, ascending.
        window: Vec<u32>,
        /// Rows that can be tracked, ascending.
        written: Vec<u32>,
    },
}

impl Layers {
    /// Rows come in multiples of this. Where rows are chosen by what they compute, none may fill up.
    pub(super) fn row_group(&self) -> usize {
        match self {
            Self::Adapt { .. } => 1,
            Self::Alike | Self::Evict { .. } | Self::Kept(_) | Self::Drift { .. } => ROW_GROUP,
        }
    }

    /// Whether the model and the rest of the ask allow it.
    pub(super) fn check(&self, ask: &Ask, length: usize, spec: &ModelSpec) -> Result<()> {
        let chooses_keys = match self {
            Self::Alike => return Ok(()),
            Self::Adapt { .. } => false,
            Self::Evict { block, .. } | Self::Kept(block) => {
                if block.is_empty() || block.end as usize > length {
                    return Err(Error::bad_input(format!(
                        "{block:?} is no block of a sequence of {length} tokens"
                    )));
                }
                true
            }
            Self::Drift {
                window, written, ..
            } => {
                let mut rows = window.iter().chain(written);
                if let Some(row) = rows.find(|row| **row as usize >= length) {
                    return Err(Error::bad_input(format!(
                        "row {row} is outside the sequence of {length} tokens"
                    )));
                }
                true
            }
        };
        if spec.attention != Attention::Full {
            return Err(Error::bad_input(
                "layers that decide for themselves are for models whose rows all see each other; choose the exact cache",
            ));
        }
        if chooses_keys && spec.local.is_some() {
            return Err(Error::bad_input(
                "what a layer attends to is judged over the whole sequence, and this model has layers that see only what is near; choose cache \"dual\"",
            ));
        }
        let own = ask.shadows.is_empty() && ask.branches.is_empty();
        match own && ask.reading == super::Reading::Own {
            true => Ok(()),
            false => Err(Error::bad_input(
                "this cache forwards the rows of the canvas alone: shadow rows, branches and verification go with others; choose cache \"dual\" or \"none\"",
            )),
        }
    }
}

/// What of it makes a recording; the rest is data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layering {
    /// A plain forward.
    #[default]
    Alike,
    /// Each layer keeps so many of its keys for a block of so many rows.
    Evict { rows: usize, taken: usize },
    /// The rows see what was kept.
    Kept,
    /// So many rows from the first on are computed by every layer, and so many in all by those behind
    /// the first.
    Adapt { fixed: usize, computed: usize },
    /// Layers from the first of these on tell what the rows of a window attend to; whether the drift of
    /// tracked rows is computed, and how many rows a window may have.
    Drift {
        from: usize,
        tests: bool,
        window: usize,
    },
}

/// Rows of a forward, where what they compute is kept, and what the layers make of them.
pub struct Placed {
    pub placement: Placement,
    /// Whether keys and values are kept in the cache.
    pub cached: bool,
    pub layering: Layering,
}

impl Placed {
    /// Rows of which nothing is kept.
    pub fn fleeting(placement: Placement) -> Self {
        Self {
            placement,
            cached: false,
            layering: Layering::Alike,
        }
    }
}

/// What layers keep beside keys and values.
#[derive(Default)]
pub struct LayerCaches {
    evicted: Option<Evicted>,
    added: Option<Added>,
    watch: Option<Watch>,
}

impl LayerCaches {
    /// What another run left is nobody's.
    pub fn forget(&mut self) {
        if let Some(evicted) = &mut self.evicted {
            evicted.holds = None;
        }
        if let Some(watch) = &mut self.watch {
            watch.tracked.clear();
        }
    }

    /// Whether layers keep anything beside.
    pub fn is_used(&self) -> bool {
        self.evicted.is_some() || self.added.is_some() || self.watch.is_some()
    }

    /// Slots that it has room for, of each layer.
    pub fn slots(&self) -> usize {
        self.evicted.as_ref().map_or(0, |evicted| evicted.capacity)
    }

    /// What the layers of a form do beside a plain forward.
    fn work(&self, form: Form) -> Option<LayerWork<'_>> {
        match form.layering {
            Layering::Alike | Layering::Kept => None,
            Layering::Evict { rows, taken } => {
                let candidates = form.rows - rows;
                let work = self.evicted.as_ref()?.work([rows, candidates, taken]);
                Some(LayerWork::Evict(work))
            }
            Layering::Adapt { fixed, computed } => {
                let work = self.added.as_ref()?.work([fixed, computed]);
                Some(LayerWork::Adapt(work))
            }
            Layering::Drift {
                from,
                tests,
                window,
            } => {
                let work = self.watch.as_ref()?.work([from, window], tests);
                Some(LayerWork::Drift(work))
            }
        }
    }

    /// The buffer of each layer's keys and values for forwards of a kind that has its own.
    pub fn stores(&self, layering: Layering) -> Option<&[BufferId]> {
        match layering {
            Layering::Kept => self.evicted.as_ref().map(|evicted| &*evicted.layers),
            Layering::Alike
            | Layering::Evict { .. }
            | Layering::Adapt { .. }
            | Layering::Drift { .. } => None,
        }
    }
}

impl Network {
    /// Makes of `placed`, all of whose rows see each other, what the layers of the ask want.
    pub(super) async fn layered(
        &mut self,
        placed: Placed,
        ask: &Ask<'_>,
        length: usize,
    ) -> Result<Placed> {
        match &ask.layers {
            Layers::Alike | Layers::Drift { .. } => Ok(placed),
            Layers::Evict { block, keep } => {
                self.place_eviction(placed, block, *keep, length).await
            }
            Layers::Kept(block) => Ok(self.place_kept(placed, block, length)),
            Layers::Adapt { from, ratio } => {
                self.place_adaptation(placed, (*from, *ratio), length).await
            }
        }
    }

    /// Layers that decide for themselves compare what they keep, number by number: from now on, keys
    /// and values are kept in f32.
    pub(super) fn keep_floats(&mut self) {
        if self.kv == KvFormat::F32 {
            return;
        }
        self.kv = KvFormat::F32;
        for prepared in self.prepared.drain(..) {
            self.executor.release(prepared.id);
        }
        if let Some(cache) = self.cache.take() {
            cache.release(&mut self.executor);
        }
        self.kept.forget();
        self.layers.forget();
    }

    /// Drops the recordings that name what layers keep.
    fn release_layered(&mut self) {
        let is_layered = |layering| layering != Layering::Alike;
        for prepared in self
            .prepared
            .extract_if(.., |p| is_layered(p.form.layering))
        {
            self.executor.release(prepared.id);
        }
    }

    /// Rows that a forward has cost: of layers that compute a part of their rows, that part.
    pub(super) fn rows_computed(&self, placed: &Placed) -> usize {
        let rows = placed.placement.rows();
        match placed.layering {
            Layering::Adapt { computed, .. } => self.rows_adapted(rows, computed),
            Layering::Drift { from, .. } => {
                let layers = self.spec().layers;
                (rows * (layers - from)).div_ceil(layers)
            }
            Layering::Alike | Layering::Evict { .. } | Layering::Kept => rows,
        }
    }

    /// After a forward: what the layers hold now.
    pub(super) fn layers_computed(&mut self, ask: &Ask<'_>, layering: Layering, length: usize) {
        if let (Layering::Evict { taken, .. }, Layers::Evict { block, .. }) =
            (layering, &ask.layers)
        {
            self.hold_evicted(block, taken, length);
        }
    }

    /// What a prepared recording returns: the first `bytes` of its output, behind what its layers
    /// report.
    pub(super) async fn run_prepared(&mut self, index: usize, bytes: u64) -> Result<Vec<u8>> {
        let report = 4 * self.report_words(self.prepared[index].form.layering);
        let prepared = &self.prepared[index];
        let (id, output) = (prepared.id, prepared.output);
        let run = self.executor.run(id, output, report as u64 + bytes);
        let mut reported = run.await?;
        let out = reported.split_off(report);
        if let (Some(watch), true) = (&mut self.layers.watch, report > 0) {
            watch.reported = bytemuck::pod_collect_to_vec(&reported);
        }
        Ok(out)
    }

    /// Words that the layers of a form report.
    fn report_words(&self, layering: Layering) -> usize {
        match layering {
            Layering::Drift { .. } => 2 * self.spec().layers,
            Layering::Alike | Layering::Evict { .. } | Layering::Kept | Layering::Adapt { .. } => 0,
        }
    }

    /// Appends what puts the report of the layers before the `words` of a head's output, so that one
    /// readback brings both; returns the buffer.
    pub(super) fn record_report(
        &mut self,
        recording: &mut Recording,
        layering: Layering,
        (output, words): (BufferId, usize),
    ) -> BufferId {
        let report_words = self.report_words(layering);
        let Some(watch) = self.layers.watch.as_ref().filter(|_| report_words > 0) else {
            return output;
        };
        let ids = &mut self.buffer_ids;
        let both = recording.buffer(ids, "report and readout", report_words + words);
        let only = recording.buffer(ids, "the only row", 1);
        for (x, width, y_first) in [
            (watch.report, report_words, 0),
            (output, words, report_words),
        ] {
            recording.push(RowCopy {
                params: row_copy::Params {
                    y_first: y_first as u32,
                    ..row_copy::Params::whole(width)
                },
                way: Way::Gather,
                rows: 1,
                x,
                y: both,
                index: only,
            });
        }
        both
    }

    /// Appends the layers of a form; returns the hidden states.
    pub(super) fn record_layers(
        &mut self,
        form: Form,
        inputs: &Inputs,
        stores: &[BufferId],
        recording: &mut Recording,
    ) -> BufferId {
        let (architecture, weights) = (&self.architecture, &self.weights);
        let ids = &mut self.buffer_ids;
        let Some(work) = self.layers.work(form) else {
            return architecture.record(inputs, stores, weights, ids, recording);
        };
        architecture.record_layered((inputs, stores), work, weights, ids, recording)
    }
}
