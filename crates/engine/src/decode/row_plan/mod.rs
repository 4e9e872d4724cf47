//! Which rows a step forwards (the cache policy).

mod auto;
mod dual;
mod exact;
mod full;

pub use dual::DualCache;
pub use exact::ExactCache;
pub use full::FullPlan;

use std::ops::Range;

use super::method::Method;
use super::{Block, Canvas, GATHER, Splice};

/// Every cache method, the default first.
pub const METHODS: &[Method<dyn RowPlan>] = &[
    auto::METHOD,
    full::METHOD,
    exact::METHOD,
    dual::PREFIX,
    dual::METHOD,
];

/// Which positions are forwarded; the others are seen as an earlier forward left them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// All of them.
    #[default]
    All,
    /// Those that could differ from what was kept, up to the block of the last record; for models
    /// whose blocks do not see later ones. Exact.
    Changed,
    /// These, and those that need a record. All of them where nothing of this run was kept yet for
    /// a canvas of this length. Approximate.
    Window(Range<u32>),
}

/// One forward.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Positions that are forwarded.
    pub rows: Rows,
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

impl Plan {
    /// A forward of `rows` that records `wanted`, in step `step`.
    #[must_use]
    pub fn new(rows: Rows, wanted: &[u32], step: u32) -> Self {
        Self {
            rows,
            records: wanted.to_vec(),
            step,
            ..Self::default()
        }
    }
}

/// Plans the forward of each step.
pub trait RowPlan {
    /// A forward that yields records for `wanted` (ascending, never empty), or for the part of it
    /// that this step can reach: an eligible position without a record is not committed. `block` is
    /// the one that is open.
    fn plan(&mut self, canvas: &Canvas, block: &Block, wanted: &[u32], step: u32) -> Plan;

    /// The canvas has changed its length.
    fn spliced(&mut self, _splice: &Splice) {}
}
