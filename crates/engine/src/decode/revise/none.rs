//! What is committed stays: the rule of LLaDA, Dream and every threshold method.

use super::{Commit, Method, Revise, Step};

pub(super) const METHOD: Method<dyn Revise> = Method {
    name: "none",
    doc: "What is committed stays.",
    source: "LLaDA, Dream",
    parameters: &[],
    build: |_, _| Ok(Box::new(NoRevision)),
};

/// Revises nothing.
pub struct NoRevision;

impl Revise for NoRevision {
    fn budget(&self) -> u32 {
        0
    }

    fn revises(&self) -> bool {
        false
    }

    fn revise(&mut self, _committed: &[Commit], _step: &Step) -> Vec<Commit> {
        Vec::new()
    }
}
