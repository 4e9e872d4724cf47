//! No early end: the reference samplers of LLaDA and Dream.

use super::{Canvas, Exit, Row, Verdict};

/// Lets every position be proposed.
pub struct Full;

impl Exit for Full {
    fn test(&mut self, _rows: &[Row], _canvas: &Canvas) -> Verdict {
        Verdict::Continue
    }
}
