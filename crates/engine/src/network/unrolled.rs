//! Several steps in one submission: between two forwards a kernel commits what a rule lets pass.

use super::Network;
use super::ask::{Ask, Rows};
use super::layers::{Layers, Placed};
use super::placement::Seen;
use super::preparation::{Form, Head, Prepared, capacity};
use crate::error::Result;
use crate::kernels::select::{
    Candidate, DecisionHeader, Limit, MOST_ROWS, Params, STEP_WORDS, Select, Status, order_key,
};
use crate::model::Attention;
use crate::record::Record;
use crate::recording::{BufferId, Executor as _, Recording};

/// How the steps of a submission decide.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Whether low entropy goes first, or high probability.
    pub by_entropy: bool,
    /// Bound of the entropies of what is taken, without the largest; nats.
    pub gamma: f32,
    /// How much each step takes.
    pub limits: Vec<Limit>,
    /// The position that each row of the ask is about, ascending.
    pub positions: Vec<u32>,
    /// The least log-probability of each rank; the last one is that of all further ranks.
    pub bars: Vec<f32>,
    /// Stop tokens from this position on end the text.
    pub text_start: u32,
    /// The first of those that the sequence holds; [`crate::kernels::head_stats::NO_TOKEN`] for none.
    pub first_stop: u32,
}

/// One of the steps.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Of the ask's rows.
    pub records: Vec<Record>,
    /// Whether the step committed the position of each.
    pub committed: Vec<bool>,
}

/// Buffers of a recording of several steps.
#[derive(Clone, Copy)]
pub struct Unrolled {
    decision: BufferId,
    candidates: BufferId,
    pub log: BufferId,
}

impl Network {
    /// The records of the ask, and those of the steps behind it as `decision` takes them, until
    /// nothing is left to decide; and the rows that each step forwarded. `None` where the steps do
    /// not all forward the same rows, or something beside records is asked for.
    ///
    /// # Errors
    /// As [`Network::read`].
    pub async fn read_ahead(
        &mut self,
        ids: &[u32],
        ask: &Ask<'_>,
        decision: &Decision,
    ) -> Result<Option<(usize, Vec<Taken>)>> {
        ask.check(ids.len(), self.spec(), self.stored.kept_rows())?;
        let is_plain = ask.is_plain() && ask.shadows.is_empty() && ask.branches.is_empty();
        // Layers that decide are written to in each step.
        let is_plain = is_plain && ask.layers == Layers::default() && self.spec().repeats();
        if !is_plain || ask.rows.is_empty() || ask.rows.len() > MOST_ROWS {
            return Ok(None);
        }
        let placed = self.placed(ids, ask).await?;
        let seen = placed.placement.seen();
        if !is_steady(seen, ask, decision, self.spec().attention) {
            return Ok(None);
        }
        // Should it fail half way, nobody knows what the slots hold.
        let kept = std::mem::take(&mut self.kept);
        let steps = self.take(ids, ask, &placed, decision).await?;
        self.kept = kept;
        if placed.cached {
            let last = last_seen(ids, decision, &steps);
            self.kept.computed(&ask.forward, seen, &last);
        }
        Ok(Some((placed.placement.rows(), steps)))
    }

    /// Seconds of the kernels of one step, each measured by itself, of the recording that ran last;
    /// `None` where it is not one of several steps on a GPU.
    ///
    /// # Errors
    /// What the device reports.
    pub async fn kernel_seconds(&mut self) -> Result<Option<f64>> {
        let last = self.prepared.last().map(|last| (last.id, last.form.head));
        let (Some((id, Head::Unrolled { steps, .. })), Some(gpu)) = (last, self.executor.gpu_mut())
        else {
            return Ok(None);
        };
        let count = gpu.dispatches(id) / steps;
        let seconds = gpu.dispatch_seconds(id, count).await?;
        Ok(Some(seconds.iter().sum()))
    }

    async fn take(
        &mut self,
        ids: &[u32],
        ask: &Ask<'_>,
        placed: &Placed,
        decision: &Decision,
    ) -> Result<Vec<Taken>> {
        let placement = &placed.placement;
        let rows = ask.rows.len();
        let steps = decision.limits.len();
        let head = Head::Unrolled {
            capacity: capacity(rows),
            steps,
        };
        let index = self.prepared(Form::new(placed, head)).await?;
        let record_rows = placement.record_rows(&ask.rows, &[], (ids, self.mask()));
        self.write_rows(index, (ids, &[]), placement, &record_rows)?;
        self.write_decision(index, placement.seen(), decision)?;
        let Prepared { id, output, .. } = self.prepared[index];
        let bytes = 4 * Status::words(steps, rows) as u64;
        let out = self.executor.run(id, output, bytes).await?;
        Ok(taken(&bytemuck::pod_collect_to_vec::<u8, u32>(&out), rows))
    }

    fn write_decision(&mut self, index: usize, seen: &Seen, decision: &Decision) -> Result<()> {
        let unrolled = self.prepared[index].unrolled;
        let unrolled = unrolled.expect("a recording of several steps has them");
        let header = DecisionHeader {
            rows: decision.positions.len() as u32,
            by_entropy: u32::from(decision.by_entropy),
            // Arithmetic on infinities may misbehave on a GPU.
            gamma: decision.gamma.min(f32::MAX),
            text_start: decision.text_start,
        };
        let mut words: Vec<u32> = bytemuck::cast_slice(&[header]).to_vec();
        words.extend::<&[u32]>(bytemuck::cast_slice(&decision.limits));
        let status = Status {
            masks_left: header.rows,
            stopped: 0,
            steps: 0,
            first_stop: decision.first_stop,
        };
        let candidates = candidates(seen, decision);
        for (buffer, bytes) in [
            (unrolled.decision, bytemuck::cast_slice(&words)),
            (unrolled.candidates, bytemuck::cast_slice(&candidates)),
            (unrolled.log, bytemuck::bytes_of(&status)),
        ] {
            self.executor.write(buffer, 0, bytes)?;
        }
        Ok(())
    }

    /// Makes a recording of one forward, whose `records` are there at its end, one of `steps`.
    pub(super) fn record_steps(
        &mut self,
        recording: &mut Recording,
        (ids, records, record_rows): (BufferId, BufferId, BufferId),
        (capacity, steps): (usize, usize),
    ) -> Unrolled {
        let buffer_ids = &mut self.buffer_ids;
        let mut buffer = |name, words| recording.buffer(buffer_ids, name, words);
        let words = capacity * size_of::<Candidate>() / 4;
        let unrolled = Unrolled {
            decision: buffer("decision", DecisionHeader::words(steps)),
            candidates: buffer("candidates", words),
            log: buffer("log", Status::words(steps, capacity)),
        };
        let forward = recording.operations.clone();
        for step in 0..steps {
            if step > 0 {
                recording.operations.extend(forward.iter().cloned());
            }
            recording.push(Select {
                params: Params {
                    step: step as u32,
                    first_stop: self.banned.len() as u32,
                    stops: self.stops,
                },
                records,
                decision: unrolled.decision,
                candidates: unrolled.candidates,
                special: self.special,
                record_rows,
                ids,
                log: unrolled.log,
            });
        }
        unrolled
    }
}

/// Whether the step behind this one forwards the same rows, those that it decides about among them.
fn is_steady(seen: &Seen, ask: &Ask, decision: &Decision, attention: Attention) -> bool {
    let rows = match (&ask.forward, attention) {
        (Rows::All, _) | (Rows::Changed, Attention::Full) => true,
        (Rows::Changed, _) => seen.rows[0] >= attention.block_start(ask.wanted()[0]),
        (Rows::Chosen { rows, .. }, _) => {
            let wanted = ask.wanted();
            let is_own = |row: &u32| [rows, &wanted].iter().any(|own| own.contains(row));
            seen.rows.iter().all(is_own)
        }
    };
    let mut positions = decision.positions.iter();
    rows && positions.all(|position| seen.rows.binary_search(position).is_ok())
}

/// The tokens that the last forward saw: all but what was committed behind it.
fn last_seen(ids: &[u32], decision: &Decision, steps: &[Taken]) -> Vec<u32> {
    let mut ids = ids.to_vec();
    let before_last = steps.iter().take(decision.limits.len() - 1);
    for step in before_last {
        let rows = decision.positions.iter().zip(&step.records);
        for ((position, record), committed) in rows.zip(&step.committed) {
            if *committed {
                ids[*position as usize] = record.samp;
            }
        }
    }
    ids
}

fn candidates(seen: &Seen, decision: &Decision) -> Vec<Candidate> {
    let last = decision.bars.last().copied().unwrap_or(f32::NEG_INFINITY);
    let bars = decision.bars.iter().copied().chain(std::iter::repeat(last));
    let positions = decision.positions.iter().zip(bars);
    let candidate = |(&position, bar): (&u32, f32)| Candidate {
        position,
        target_row: seen.rows.partition_point(|row| *row < position) as u32,
        bar: order_key(bar),
    };
    positions.map(candidate).collect()
}

/// The steps that were decided, of a log.
fn taken(log: &[u32], rows: usize) -> Vec<Taken> {
    let (status, words) = log.split_at(size_of::<Status>() / 4);
    let status: Status = *bytemuck::from_bytes(bytemuck::cast_slice(status));
    let steps = words.chunks_exact(rows * STEP_WORDS);
    let row = |words: &[u32]| -> (Record, bool) {
        let (record, mark) = words.split_at(STEP_WORDS - 1);
        (
            *bytemuck::from_bytes(bytemuck::cast_slice(record)),
            mark[0] == 1,
        )
    };
    let step = |words: &[u32]| {
        let (records, committed) = words.chunks_exact(STEP_WORDS).map(row).unzip();
        Taken { records, committed }
    };
    steps.take(status.steps as usize).map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::head_stats::{NO_TOKEN, RecordRow};

    fn decision(positions: &[u32], steps: usize) -> Decision {
        let limit = Limit {
            least: 1,
            most: u32::MAX,
            next_key: 0,
        };
        Decision {
            by_entropy: false,
            gamma: 0.0,
            limits: vec![limit; steps],
            positions: positions.to_vec(),
            bars: vec![-2.0, -1.0],
            text_start: 0,
            first_stop: NO_TOKEN,
        }
    }

    fn ask(forward: Rows, rows: &[u32]) -> Ask<'static> {
        let record = |&row: &u32| RecordRow {
            row,
            ..bytemuck::Zeroable::zeroed()
        };
        Ask {
            forward,
            ..Ask::records(rows.iter().map(record).collect())
        }
    }

    #[test]
    fn rows_are_steady_within_a_block_only() {
        let blocks = Attention::BlockCausal(4);
        let steady = |rows: std::ops::Range<u32>, attention| {
            let seen = Seen::part(rows, 8);
            is_steady(
                &seen,
                &ask(Rows::Changed, &[5, 7]),
                &decision(&[5, 7], 2),
                attention,
            )
        };
        assert!(steady(4..8, blocks));
        assert!(!steady(0..8, blocks), "the block before is forwarded once");
        assert!(steady(0..8, Attention::Full), "all rows, every time");
        assert!(!steady(6..8, Attention::Full), "a position without a row");
    }

    #[test]
    fn chosen_rows_are_steady_once_nothing_is_missing() {
        let chosen = Rows::Chosen {
            rows: vec![2, 3],
            sees: (0..6).collect(),
        };
        let steady = |rows: &[u32]| {
            let seen = Seen {
                rows: rows.to_vec(),
                sees: (0..6).collect(),
            };
            is_steady(
                &seen,
                &ask(chosen.clone(), &[2, 3]),
                &decision(&[2, 3], 2),
                Attention::Full,
            )
        };
        assert!(steady(&[2, 3]));
        assert!(!steady(&[2, 3, 5]), "5 was not kept yet");
    }

    #[test]
    fn the_last_forward_saw_what_the_steps_before_it_committed() {
        let record = |samp| Record {
            samp,
            ..bytemuck::Zeroable::zeroed()
        };
        let step = |samples: [u32; 2], committed: [bool; 2]| Taken {
            records: samples.map(record).to_vec(),
            committed: committed.to_vec(),
        };
        let steps = [step([7, 8], [false, true]), step([6, 0], [true, false])];
        let decision = |steps| decision(&[1, 2], steps);
        assert_eq!(last_seen(&[5, 9, 9], &decision(2), &steps), [5, 9, 8]);
        let ended_early = last_seen(&[5, 9, 9], &decision(4), &steps);
        assert_eq!(ended_early, [5, 6, 8], "forwards behind the end saw all");
    }

    #[test]
    fn each_rank_has_its_bar_and_each_row_its_place() {
        let seen = Seen::part(4..9, 9);
        let found = candidates(&seen, &decision(&[5, 6, 8], 1));
        let rows: Vec<u32> = found.iter().map(|c| c.target_row).collect();
        assert_eq!(rows, [1, 2, 4]);
        let bars: Vec<u32> = found.iter().map(|c| c.bar).collect();
        assert_eq!(bars, [-2.0, -1.0, -1.0].map(order_key));
    }
}
