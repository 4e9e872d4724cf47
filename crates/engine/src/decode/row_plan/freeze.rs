//! A proposal that does not change any more is not asked for again (JOT).

use super::super::method::{Method, Parameter};
use super::delayed::REFRESH;
use super::{Block, Canvas, DelayedCache, Plan, Row, RowPlan, Rows, Splice};
use crate::sorted_map::SortedMap;

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "freeze",
    doc: "As \"dkv\", and a mask whose proposal stayed the same and sure for a few forwards is not forwarded either: its last record stands until it is committed. An approximation, for methods that commit few of the sure proposals a step.",
    source: "JOT, arXiv 2602.11133",
    parameters: &[
        Parameter::count(
            "forwards",
            1,
            2,
            "Forwards that a proposal must have stayed the same.",
        ),
        Parameter::probability(
            "confidence",
            0.9,
            "It must have been more confident than this.",
        ),
        REFRESH,
    ],
    build: |values, _| {
        Ok(Box::new(Freezing {
            forwards: values.count("forwards"),
            confidence: values.real("confidence"),
            delayed: DelayedCache::new(values.count("refresh")),
            steady: SortedMap::new(),
            masks: 0,
        }))
    },
};

/// What is known of a proposal.
struct Steady {
    /// What the last forward that asked for it told.
    row: Row,
    /// Forwards in a row that proposed it with confidence.
    forwards: u32,
}

/// A delayed cache that holds on to sure proposals.
pub struct Freezing {
    forwards: u32,
    confidence: f32,
    delayed: DelayedCache,
    /// By position.
    steady: SortedMap<u32, Steady>,
    /// Masks of the step before.
    masks: u32,
}

impl Freezing {
    /// The row of `position`, where it is frozen.
    fn frozen(&self, canvas: &Canvas, position: u32) -> Option<Row> {
        let steady = self.steady.get(&position)?;
        let is_frozen = canvas.is_masked(position) && steady.forwards >= self.forwards;
        is_frozen.then_some(steady.row)
    }
}

impl RowPlan for Freezing {
    fn plan(&mut self, canvas: &Canvas, _block: &Block, wanted: &[u32], step: u32) -> Plan {
        let rows = self.delayed.rows(canvas);
        if canvas.masks() > self.masks {
            // A revision opened positions again: nobody knows what their neighbours think now.
            self.steady.clear();
        }
        self.masks = canvas.masks();
        if rows.len() == canvas.len() as usize {
            return Plan::new(Rows::among(rows, canvas), wanted, step);
        }
        let frozen = |position: &u32| self.frozen(canvas, *position);
        let held: Vec<Row> = wanted.iter().filter_map(frozen).collect();
        if held.len() == wanted.len() {
            return Plan::new(Rows::among(rows, canvas), wanted, step);
        }
        let is_asked = |position: &u32| {
            let found = held.binary_search_by_key(position, |row| row.position);
            found.is_err()
        };
        let fresh: Vec<u32> = wanted.iter().copied().filter(is_asked).collect();
        let rows = Rows::among(rows.into_iter().filter(is_asked), canvas);
        Plan {
            held,
            ..Plan::new(rows, &fresh, step)
        }
    }

    fn observe(&mut self, rows: &[Row]) {
        for row in rows {
            let before = self.steady.get(&row.position);
            let same = before.filter(|steady| steady.row.record.top1 == row.record.top1);
            let forwards = match row.record.confidence() > self.confidence {
                true => same.map_or(0, |steady| steady.forwards) + 1,
                false => 0,
            };
            let row = *row;
            self.steady.insert(row.position, Steady { row, forwards });
        }
    }

    fn spliced(&mut self, splice: &Splice) {
        self.delayed.spliced(splice);
        self.steady.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record;
    use crate::decode::{Commit, Segment};

    fn plan() -> Freezing {
        Freezing {
            forwards: 2,
            confidence: 0.9,
            delayed: DelayedCache::new(8),
            steady: SortedMap::new(),
            masks: 0,
        }
    }

    /// The proposals of the positions 2 to 5.
    fn observe(plan: &mut Freezing, proposals: [(u32, f32); 4]) {
        let row = |(position, (id, confidence)): (u32, (u32, f32))| {
            let record = Record {
                top1: id,
                l1: confidence.ln(),
                ..bytemuck::Zeroable::zeroed()
            };
            Row::new(position, record)
        };
        let rows: Vec<Row> = (2..).zip(proposals).map(row).collect();
        plan.observe(&rows);
    }

    fn positions(held: &[Row]) -> Vec<u32> {
        held.iter().map(|row| row.position).collect()
    }

    fn step(plan: &mut Freezing, canvas: &Canvas) -> Plan {
        plan.plan(canvas, &Block::new(0, 2, 6), &[2, 3, 4, 5], 0)
    }

    fn canvas() -> Canvas {
        Canvas::new(&[1, 1], &[Segment::Masked(4)], 0)
    }

    #[test]
    fn a_steady_and_sure_proposal_is_held() {
        let (mut plan, canvas) = (plan(), canvas());
        for proposals in [[7; 4], [7, 8, 7, 7]] {
            assert_eq!(step(&mut plan, &canvas).held, []);
            let [a, b, c, d] = proposals;
            observe(&mut plan, [(a, 0.99), (b, 0.99), (c, 0.5), (d, 0.91)]);
        }
        let next = step(&mut plan, &canvas);
        assert_eq!(
            (positions(&next.held), next.records),
            (vec![2, 5], vec![3, 4])
        );
        assert_eq!(next.rows, Rows::among([3, 4], &canvas));
    }

    #[test]
    fn where_all_are_held_all_are_asked_again() {
        let (mut plan, canvas) = (plan(), canvas());
        for _ in 0..3 {
            let next = step(&mut plan, &canvas);
            assert_eq!(next.records, [2, 3, 4, 5]);
            observe(&mut plan, [(7, 0.99); 4]);
        }
    }

    #[test]
    fn what_a_revision_opens_thaws_the_canvas() {
        let (mut plan, mut canvas) = (plan(), canvas());
        let write = |canvas: &mut Canvas, id| {
            let commit = Commit {
                position: 4,
                id,
                confidence: 1.0,
            };
            canvas.apply(&[commit], 0);
        };
        write(&mut canvas, 9);
        for _ in 0..2 {
            step(&mut plan, &canvas);
            observe(&mut plan, [(7, 0.99), (7, 0.3), (9, 0.99), (7, 0.3)]);
        }
        assert_eq!(positions(&step(&mut plan, &canvas).held), [2]);
        let mask = canvas.mask_id();
        write(&mut canvas, mask);
        assert_eq!(step(&mut plan, &canvas).held, []);
    }
}
