//! No early end: the reference samplers of LLaDA and Dream.

use super::{Canvas, Exit, Method, Step, Verdict};

pub(super) const METHOD: Method<dyn Exit> = Method {
    name: "full",
    doc: "Never: every position is proposed by the network.",
    source: "LLaDA, Dream",
    parameters: &[],
    build: |_, _| Ok(Box::new(Full)),
};

/// Lets every position be proposed.
pub struct Full;

impl Exit for Full {
    fn test(&mut self, _step: &Step, _canvas: &Canvas) -> Verdict {
        Verdict::Continue
    }

    fn text_start(&self, _canvas: &Canvas) -> Option<u32> {
        Some(u32::MAX)
    }
}
