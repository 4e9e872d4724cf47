//! Every row, every step.

use super::super::method::Method;
use super::{Block, Canvas, Plan, RowPlan, Rows};

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "none",
    doc: "Forwards the whole sequence in every step: exact for every model, and what the others are held against.",
    source: "LLaDA, arXiv 2502.09992",
    parameters: &[],
    build: |_, _| Ok(Box::new(FullPlan)),
};

/// No cache.
pub struct FullPlan;

impl RowPlan for FullPlan {
    fn plan(&mut self, _canvas: &Canvas, _block: &Block, wanted: &[u32], step: u32) -> Plan {
        Plan::new(Rows::All, wanted, step)
    }

    fn steady(&self) -> Option<u32> {
        Some(u32::MAX)
    }
}
