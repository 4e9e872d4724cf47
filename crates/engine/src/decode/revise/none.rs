//! What is committed stays: the rule of LLaDA, Dream and every threshold method.

use super::{Canvas, Commit, Revise, Row};

/// Revises nothing.
pub struct NoRevision;

impl Revise for NoRevision {
    fn budget(&self) -> u32 {
        0
    }

    fn revise(&mut self, _rows: &[Row], _committed: &[Commit], _canvas: &Canvas) -> Vec<Commit> {
        Vec::new()
    }
}
