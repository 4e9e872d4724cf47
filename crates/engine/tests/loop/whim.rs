//! Pieces that use all the freedom their contracts give.

use unmask_engine::decode::exit::{Eos, Full};
use unmask_engine::decode::structure::FixedBlocks;
use unmask_engine::decode::{
    Block, Canvas, Commit, Exit, Pieces, Plan, Revise, Row, RowPlan, Select, Step,
};
use unmask_engine::random::mix;

use crate::toy::{MASK, STOP};

/// Decides by a counter of its own.
#[derive(Clone, Copy)]
struct Whim(u32);

impl Whim {
    fn yes(&mut self) -> bool {
        self.0 = mix(self.0.wrapping_add(1));
        self.0 & 1 == 1
    }
}

/// Gives a record to some of the wanted positions, to an open one at least.
struct SomeRows(Whim);

impl RowPlan for SomeRows {
    fn plan(&mut self, canvas: &Canvas, _block: &Block, wanted: &[u32], step: u32) -> Plan {
        let mut records = wanted.to_vec();
        records.retain(|_| self.0.yes());
        if !records.iter().any(|&position| canvas.is_masked(position)) {
            records = wanted.to_vec();
        }
        Plan {
            records,
            step,
            ..Plan::default()
        }
    }
}

/// Commits some of the candidates, one at least.
struct SomeCandidates(Whim);

impl Select for SomeCandidates {
    fn select(&mut self, candidates: &[Row], _step: &Step) -> Vec<Commit> {
        let mut commits: Vec<Commit> = candidates.iter().map(Row::commit).collect();
        let last = commits.last().copied();
        commits.retain(|_| self.0.yes());
        if commits.is_empty() {
            commits.extend(last);
        }
        commits
    }
}

/// Opens and overwrites some earlier commits until its budget is spent.
struct SomeRevisions(Whim, u32);

impl Revise for SomeRevisions {
    fn budget(&self) -> u32 {
        self.1
    }

    fn revise(&mut self, _committed: &[Commit], step: &Step) -> Vec<Commit> {
        let canvas = step.canvas;
        let mut edits = Vec::new();
        for position in (0..canvas.len()).filter(|&p| canvas.history(p).is_some()) {
            if self.1 > 0 && self.0.yes() && self.0.yes() {
                self.1 -= 1;
                let id = if self.0.yes() { MASK } else { 1 };
                let confidence = 0.5;
                edits.push(Commit {
                    position,
                    id,
                    confidence,
                });
            }
        }
        edits
    }
}

/// A combination of them.
pub fn whimsical(canvas: &Canvas, whim: u32, budget: u32, eos: bool) -> Pieces {
    let exit: Box<dyn Exit> = if eos {
        Box::new(Eos::new(vec![STOP]))
    } else {
        Box::new(Full)
    };
    Pieces {
        row_plan: Box::new(SomeRows(Whim(whim))),
        select: Box::new(SomeCandidates(Whim(whim ^ 1))),
        revise: Box::new(SomeRevisions(Whim(whim ^ 2), budget)),
        structure: Box::new(FixedBlocks::new(Some(4), canvas)),
        exit,
    }
}
