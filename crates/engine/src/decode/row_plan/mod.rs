//! Which rows a step forwards (the cache policy).

mod full;

pub use full::FullPlan;

use super::Canvas;

/// One forward over the whole sequence, prompt included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Absolute positions that need a record, ascending, never empty.
    pub records: Vec<u32>,
    /// Number of the step, counted from 0; part of the key of its random numbers.
    pub step: u32,
}

/// Plans the forward of each step.
pub trait RowPlan {
    /// A forward that yields records for `eligible`, or for the part of it that this step can
    /// reach: an eligible position without a record is not committed.
    fn plan(&mut self, canvas: &Canvas, eligible: &[u32], step: u32) -> Plan;
}
