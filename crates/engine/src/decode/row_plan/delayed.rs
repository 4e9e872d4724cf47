//! A token is kept from the second forward that sees it as a token (dKV-Cache).

use super::super::method::{Method, Parameter};
use super::{Block, Canvas, Plan, RowPlan, Rows, Splice};

pub(super) const REFRESH: Parameter = Parameter::count(
    "refresh",
    1,
    8,
    "Everything is forwarded again after so many forwards; Dream wants 2 to 16.",
);

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "dkv",
    doc: "Forwards every mask, and every token once more in the step after it was committed; later it is seen as it was then. An approximation that needs no blocks and whose steps grow cheaper as the canvas fills.",
    source: "dKV-Cache (Decode), arXiv 2505.15781",
    parameters: &[REFRESH],
    build: |values, _| Ok(Box::new(DelayedCache::new(values.count("refresh")))),
};

/// Forwards of a run that are full in any case.
const FIRST: u32 = 2;

/// Full forwards at the beginning and every `refresh` steps; between them the positions that are
/// open or were in the step before.
pub struct DelayedCache {
    refresh: u32,
    /// Forwards of the run.
    forwards: u32,
    /// Forwards since the last full one, that one included.
    age: u32,
    /// Which positions were open in the step before.
    open: Vec<bool>,
}

impl DelayedCache {
    /// Everything is forwarded every `refresh` steps.
    #[must_use]
    pub fn new(refresh: u32) -> Self {
        Self {
            refresh,
            forwards: 0,
            age: 0,
            open: Vec::new(),
        }
    }

    /// The positions to forward.
    pub(super) fn rows(&mut self, canvas: &Canvas) -> Vec<u32> {
        let length = canvas.len();
        let open: Vec<bool> = (0..length).map(|at| canvas.is_masked(at)).collect();
        let before = std::mem::replace(&mut self.open, open);
        self.forwards += 1;
        let is_young = self.forwards <= FIRST || before.len() != length as usize;
        if is_young || self.age >= self.refresh {
            self.age = 1;
            return (0..length).collect();
        }
        self.age += 1;
        let changes = |at: &u32| before[*at as usize] || self.open[*at as usize];
        (0..length).filter(changes).collect()
    }
}

impl RowPlan for DelayedCache {
    fn plan(&mut self, canvas: &Canvas, _block: &Block, wanted: &[u32], step: u32) -> Plan {
        Plan::new(Rows::among(self.rows(canvas), canvas), wanted, step)
    }

    fn spliced(&mut self, _splice: &Splice) {
        // Positions moved: what was kept of them is nobody's any more.
        self.open.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Commit, Segment};

    fn canvas() -> Canvas {
        Canvas::new(&[1, 1], &[Segment::Masked(4)], 0)
    }

    fn write(canvas: &mut Canvas, positions: &[u32]) {
        let commits = positions.iter().map(|&position| Commit {
            position,
            id: 5,
            confidence: 1.0,
        });
        canvas.apply(&commits.collect::<Vec<_>>(), 0);
    }

    #[test]
    fn a_token_is_forwarded_once_more() {
        let (mut plan, mut canvas) = (DelayedCache::new(8), canvas());
        let all: Vec<u32> = (0..6).collect();
        assert_eq!([plan.rows(&canvas), plan.rows(&canvas)], [all.clone(), all]);
        assert_eq!(plan.rows(&canvas), [2, 3, 4, 5], "given tokens are kept");
        write(&mut canvas, &[3]);
        assert_eq!(plan.rows(&canvas), [2, 3, 4, 5]);
        write(&mut canvas, &[2, 5]);
        assert_eq!(plan.rows(&canvas), [2, 4, 5]);
        assert_eq!(plan.rows(&canvas), [4]);
    }

    #[test]
    fn what_is_old_is_refreshed() {
        let (mut plan, canvas) = (DelayedCache::new(2), canvas());
        let counts = [0; 6].map(|_| plan.rows(&canvas).len());
        assert_eq!(counts, [6, 6, 4, 6, 4, 6]);
        let mut always = DelayedCache::new(1);
        assert_eq!([0; 4].map(|_| always.rows(&canvas).len()), [6; 4]);
    }

    #[test]
    fn a_change_of_length_makes_everything_old() {
        let (mut plan, canvas) = (DelayedCache::new(8), canvas());
        let mut count = || plan.rows(&canvas).len();
        assert_eq!([count(), count(), count()], [6, 6, 4]);
        plan.spliced(&Splice {
            at: 3,
            removed: 0,
            inserted: vec![0],
        });
        assert_eq!(plan.rows(&canvas).len(), 6);
    }
}
