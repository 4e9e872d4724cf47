//! Only what changed, exactly (SDAR, TraDo, LLaDA2.0 and their kind; causal models).

use super::super::method::Method;
use super::{Block, Canvas, Plan, RowPlan, Rows};
use crate::Error;

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "exact",
    doc: "Forwards the open block and, once, the one that was completed before it; all else is kept, from one request to the next as well. For block-causal and causal models; costs no accuracy.",
    source: "SDAR (JetAstra/SDAR), with the merged commit",
    parameters: &[],
    build: |_, setup| match setup.grid {
        Some(_) => Ok(Box::new(ExactCache)),
        None => Err(Error::bad_input(
            "cache \"exact\" needs a block-causal or causal model; with full attention every token changes every other, so choose \"dual\" or \"none\"",
        )),
    },
};

/// What is kept and what has changed is known to whoever keeps it.
pub struct ExactCache;

impl RowPlan for ExactCache {
    fn plan(&mut self, _canvas: &Canvas, _block: &Block, wanted: &[u32], step: u32) -> Plan {
        Plan::new(Rows::Changed, wanted, step)
    }

    fn steady(&self) -> Option<u32> {
        Some(u32::MAX)
    }
}
