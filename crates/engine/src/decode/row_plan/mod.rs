//! Which rows a step forwards (the cache policy).

mod adaptive;
mod auto;
mod delayed;
mod dpad;
mod dual;
mod elastic;
mod exact;
mod freeze;
mod full;
mod layers;
mod limited;
mod sparse;
mod sub_blocks;
mod vicinity;
mod window;

pub use adaptive::AdaptiveCache;
pub use delayed::DelayedCache;
pub use dpad::Dropout;
pub use dual::DualCache;
pub use elastic::ElasticCache;
pub use exact::ExactCache;
pub use freeze::Freezing;
pub use full::FullPlan;
pub use layers::Layers;
pub use limited::{Inner, Limited, Suffix};
pub use sparse::SparseCache;
pub use sub_blocks::SubBlockCache;
pub use window::Window;

use layers::full_attention;

use super::method::{Method, shipped};
use super::{Block, Canvas, GATHER, Row, Splice};

/// Every cache method, the default first.
pub const METHODS: &[Method<dyn RowPlan>] = &shipped([
    auto::METHOD,
    full::METHOD,
    exact::METHOD,
    sub_blocks::METHOD,
    dual::PREFIX,
    dual::METHOD,
    vicinity::METHOD,
    window::METHOD,
    dpad::METHOD,
    delayed::METHOD,
    freeze::METHOD,
    sparse::METHOD,
    adaptive::METHOD,
    elastic::METHOD,
]);

/// Which positions are forwarded; the others are seen as an earlier forward left them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// All of them.
    #[default]
    All,
    /// Those that could differ from what was kept, up to the block of the last record; for models
    /// whose blocks do not see later ones. Exact.
    Changed,
    /// `rows`, those that need a record, and those of `sees` of which the run has kept nothing yet;
    /// they attend to each other and to `sees`. Both ascending. Approximate.
    Chosen {
        /// Positions that are forwarded.
        rows: Vec<u32>,
        /// Positions that may be attended to.
        sees: Vec<u32>,
    },
}

impl Rows {
    /// The positions of `rows`, which attend to all of the canvas.
    #[must_use]
    pub fn among(rows: impl IntoIterator<Item = u32>, canvas: &Canvas) -> Self {
        Self::Chosen {
            rows: rows.into_iter().collect(),
            sees: (0..canvas.len()).collect(),
        }
    }
}

/// Another continuation of the canvas, which is read in the same forward.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Branch {
    /// Tokens that stand in for masks, by position; at least one.
    pub tokens: Vec<(u32, u32)>,
    /// Absolute positions that need a record, ascending.
    pub records: Vec<u32>,
}

/// What the network is taken for in a forward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// What it is.
    #[default]
    Own,
    /// The model in blocks of one position: a record is what it says of its position behind the tokens
    /// before it, the guesses of the plan among them, and none after it. What is before the block is
    /// as the model has it.
    OneByOne,
    /// A model trained in both ways fills the masks from the first record on, behind a text that it
    /// has read as a causal model.
    Draft,
    /// That model as a causal one: a record is what it says behind the tokens before its position, the
    /// guesses of the plan among them.
    Causal,
}

/// One forward.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Positions that are forwarded.
    pub rows: Rows,
    /// What the layers make of them.
    pub layers: Layers,
    /// Absolute positions that need a record, ascending, never empty.
    pub records: Vec<u32>,
    /// Rows of earlier steps that still stand, by position; none of `records`.
    pub held: Vec<Row>,
    /// Absolute positions that get a shadow row as well: an extra MASK row with their position,
    /// which sees everything but the position itself and is seen by no ordinary row (WINO).
    pub shadows: Vec<u32>,
    /// Tokens that stand in for masks, by ascending position: guesses of causal models, drafts.
    pub guesses: Vec<(u32, u32)>,
    /// What the network is taken for.
    pub reading: Reading,
    /// Other continuations of the canvas. The canvas does not see them, nor they each other.
    pub branches: Vec<Branch>,
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

    /// How many steps, that of the last [`RowPlan::plan`] among them, forward the same rows as long
    /// as the block stays open; `None` where rows change from step to step.
    fn steady(&self) -> Option<u32> {
        None
    }

    /// The records of the step, those that were held among them, by position.
    fn observe(&mut self, _rows: &[Row]) {}

    /// The canvas has changed its length.
    fn spliced(&mut self, _splice: &Splice) {}
}
