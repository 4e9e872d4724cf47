//! Which rows a step forwards (the cache policy).

mod full;

pub use full::FullPlan;

use super::{Canvas, GATHER, Splice};

/// One forward over the whole sequence, prompt included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Absolute positions that need a record, ascending, never empty.
    pub records: Vec<u32>,
    /// Absolute positions that get a shadow row as well: an extra MASK row with their position,
    /// which sees everything but the position itself and is seen by no ordinary row (WINO).
    pub shadows: Vec<u32>,
    /// Ids whose logits are wanted, one entry for each of `records`; empty: none.
    pub gather: Vec<[u32; GATHER]>,
    /// Whether the divergence from the forward before is wanted.
    pub kl: bool,
    /// Number of the step, counted from 0; part of the key of its random numbers.
    pub step: u32,
}

/// Plans the forward of each step.
pub trait RowPlan {
    /// A forward that yields records for `wanted` (ascending, never empty), or for the part of it
    /// that this step can reach: an eligible position without a record is not committed.
    fn plan(&mut self, canvas: &Canvas, wanted: &[u32], step: u32) -> Plan;

    /// The canvas has changed its length.
    fn spliced(&mut self, _splice: &Splice) {}
}
