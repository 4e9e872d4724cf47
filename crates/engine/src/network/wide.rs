//! The wide head: the logits of the rows that need a record are stored, and small kernels read
//! them.

use super::Network;
use super::ask::{Ask, Readout};
use super::layers::Placed;
use super::logits::UNCONDITIONAL;
use super::placement::Placement;
use super::preparation::{Body, Form, Head, capacity};
use super::rules::{self, RulesBuffer};
use crate::error::Result;
use crate::kernels::head_stats::NO_TOKEN;
use crate::kernels::logit_gather::{self, LogitGather};
use crate::kernels::logit_guidance::{self, LogitGuidance};
use crate::kernels::logit_kl::{self, LogitKl};
use crate::kernels::logit_stats::{self, GATHERED, LogitStats, ReadoutRow};
use crate::model::{HeadRows, Inputs};
use crate::recording::{BufferId, Executor as _, Recording};

/// What makes a recording of the wide head; the rest is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wide {
    /// Rows whose logits are stored.
    pub capacity: usize,
    /// Where.
    slot: usize,
    /// Whether the unconditional sequence is forwarded too.
    guided: bool,
    /// Whether the logits are compared with the other slot's.
    kl: bool,
}

/// Buffers of a recording of the wide head that are written before each replay, and the one read.
pub struct WideInputs {
    /// `[rows]` u32: tokens of the unconditional sequence
    unconditional: Option<BufferId>,
    /// `[capacity, GATHERED]` u32
    asked: BufferId,
    /// `[capacity]` u32
    previous: BufferId,
    /// `[capacity]` of [`ReadoutRow`]
    pub readout: BufferId,
}

impl Network {
    /// As [`Network::read`], with stored logits.
    pub(super) async fn wide(
        &mut self,
        ids: &[u32],
        ask: &Ask<'_>,
        placed: &Placed,
    ) -> Result<Readout> {
        let placement = &placed.placement;
        let wide = Wide {
            capacity: capacity(ask.count()),
            slot: self.stored.free_slot(),
            guided: ask.unconditional.is_some(),
            kl: ask.kl.is_some(),
        };
        self.make_room(wide).await?;
        self.write_rules(ids, ask).await?;
        let form = Form::new(placed, Head::Wide(wide));
        let index = self.prepared(form).await?;
        let record_rows = placement.record_rows(&ask.rows, &ask.branches, (ids, self.mask()));
        self.write_rows(index, (ids, &ask.branches), placement, &record_rows)?;
        self.write_wide(index, ask, placement, wide)?;
        let bytes = (ask.count() * size_of::<ReadoutRow>()) as u64;
        let out = self.run_prepared(index, bytes).await?;
        if wide.kl {
            self.stored.keep(wide.slot, ask.rows.len());
        }
        let rows: Vec<ReadoutRow> = bytemuck::pod_collect_to_vec(&out);
        let sequences = 1 + usize::from(wide.guided);
        Ok(readout(&rows, ask, sequences * self.rows_computed(placed)))
    }

    /// Makes room for the logits. A buffer that grows takes the recordings that name it along.
    async fn make_room(&mut self, wide: Wide) -> Result<()> {
        let mut slots = vec![wide.slot];
        if wide.guided {
            slots.push(UNCONDITIONAL);
        }
        if wide.kl && self.stored.kept_rows() == 0 {
            // The first comparison has nothing to compare with; the next will.
            slots.push(1 - wide.slot);
        }
        slots.retain(|slot| !self.stored.has_room(*slot, wide.capacity));
        if slots.is_empty() {
            return Ok(());
        }
        let is_wide = |head| matches!(head, Head::Wide(_));
        for prepared in self.prepared.extract_if(.., |p| is_wide(p.form.head)) {
            self.executor.release(prepared.id);
        }
        let vocabulary = self.spec().vocabulary;
        for slot in slots {
            let shape = [wide.capacity, vocabulary];
            self.stored
                .grow(&mut self.executor, &mut self.buffer_ids, slot, shape)
                .await?;
        }
        Ok(())
    }

    async fn write_rules(&mut self, ids: &[u32], ask: &Ask<'_>) -> Result<()> {
        let vocabulary = self.spec().vocabulary;
        let words = rules::words(ask.guidance, ids, &self.banned, vocabulary)?;
        if self.rules.is_none() {
            // One more than there are tokens: MASK may have a rule without being one of them.
            let room = vocabulary + 1;
            let made = RulesBuffer::new(&mut self.executor, &mut self.buffer_ids, room);
            self.rules = Some(made.await?);
        }
        match &mut self.rules {
            Some(rules) => rules.write(&mut self.executor, words),
            None => Ok(()),
        }
    }

    /// Writes what only this head reads.
    fn write_wide(
        &mut self,
        index: usize,
        ask: &Ask<'_>,
        placement: &Placement,
        wide: Wide,
    ) -> Result<()> {
        let mask = self.mask();
        let inputs = self.prepared[index].wide.as_ref();
        let inputs = inputs.expect("a wide recording has them");
        let mut asked = ask.gather.concat();
        asked.resize(wide.capacity * GATHERED, NO_TOKEN);
        let mut previous = ask.kl.clone().unwrap_or_default();
        previous.resize(wide.capacity, NO_TOKEN);
        let mut writes = vec![(inputs.asked, asked), (inputs.previous, previous)];
        if let (Some(buffer), Some(ids)) = (inputs.unconditional, &ask.unconditional) {
            writes.push((buffer, placement.tokens(ids, mask, &[])));
        }
        for (buffer, words) in writes {
            self.executor
                .write(buffer, 0, bytemuck::cast_slice(&words))?;
        }
        Ok(())
    }

    /// Appends the head and the kernels that read its logits.
    pub(super) fn record_wide(
        &mut self,
        recording: &mut Recording,
        body: &Body,
        record_rows: BufferId,
        wide: Wide,
    ) -> WideInputs {
        self.store_logits(recording, body.x, record_rows, wide.capacity, wide.slot);
        let unconditional = wide
            .guided
            .then(|| self.record_unconditional(recording, body, record_rows, wide.capacity));
        let ids = &mut self.buffer_ids;
        let words = wide.capacity * size_of::<ReadoutRow>() / 4;
        let made = WideInputs {
            unconditional,
            asked: recording.buffer(ids, "gathered ids", wide.capacity * GATHERED),
            previous: recording.buffer(ids, "previous rows", wide.capacity),
            readout: recording.buffer(ids, "readout", words),
        };
        self.read_logits(recording, &made, record_rows, wide);
        made
    }

    /// Appends norm and head of the record rows into a slot of logits.
    fn store_logits(
        &mut self,
        recording: &mut Recording,
        x: BufferId,
        record_rows: BufferId,
        capacity: usize,
        slot: usize,
    ) {
        let rows = HeadRows {
            count: capacity,
            gather: Some(record_rows),
            noise_level: self.noise_level,
        };
        let input = self.record_head_input(recording, x, rows);
        self.push_head(recording, capacity, input, self.stored.buffer(slot));
    }

    /// Appends the second forward of guidance; returns the buffer of its tokens.
    fn record_unconditional(
        &mut self,
        recording: &mut Recording,
        body: &Body,
        record_rows: BufferId,
        capacity: usize,
    ) -> BufferId {
        let rows = body.inputs.rows as usize;
        let buffer_ids = &mut self.buffer_ids;
        let ids = recording.buffer(buffer_ids, "unconditional ids", rows);
        let inputs = Inputs { ids, ..body.inputs };
        let (stores, weights) = (&body.stores, &self.weights);
        let x = self
            .architecture
            .record(&inputs, stores, weights, buffer_ids, recording);
        self.store_logits(recording, x, record_rows, capacity, UNCONDITIONAL);
        ids
    }

    /// Appends the kernels that change and read the stored logits.
    fn read_logits(
        &self,
        recording: &mut Recording,
        made: &WideInputs,
        record_rows: BufferId,
        wide: Wide,
    ) {
        let vocabulary = self.spec().vocabulary as u32;
        let rows = wide.capacity as u32;
        let logits = self.stored.buffer(wide.slot);
        let readout = made.readout;
        let rules = self.rules.as_ref().expect("written before").id;
        recording.push(LogitGuidance {
            params: logit_guidance::Params { vocabulary },
            rows,
            logits,
            rules,
            unconditional: wide.guided.then(|| self.stored.buffer(UNCONDITIONAL)),
        });
        recording.push(LogitStats {
            params: self.stats_params(),
            rows,
            logits,
            readout,
            record_rows,
            rules,
            special: self.special,
        });
        recording.push(LogitGather {
            params: logit_gather::Params { rows, vocabulary },
            logits,
            readout,
            record_rows,
            asked: made.asked,
        });
        if wide.kl {
            recording.push(LogitKl {
                params: logit_kl::Params { vocabulary },
                rows,
                logits,
                readout,
                record_rows,
                earlier: self.stored.buffer(1 - wide.slot),
                previous: made.previous,
            });
        }
    }

    fn stats_params(&self) -> logit_stats::Params {
        logit_stats::Params {
            vocabulary: self.spec().vocabulary as u32,
            first_stop: self.banned.len() as u32,
            stops: self.stops,
        }
    }
}

fn readout(rows: &[ReadoutRow], ask: &Ask<'_>, forwarded: usize) -> Readout {
    // Shadows come after the rows; only records are read of them.
    let own = || rows.iter().take(ask.rows.len());
    let gather = !ask.gather.is_empty();
    Readout {
        records: rows.iter().map(|row| row.record).collect(),
        forwarded,
        gathered: own().filter(|_| gather).map(|row| row.gathered).collect(),
        kl: own().filter(|_| ask.kl.is_some()).map(|r| r.kl).collect(),
    }
}
