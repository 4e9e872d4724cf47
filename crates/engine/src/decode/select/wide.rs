//! A low threshold and a cap, for methods that look back afterwards (WINO).

use super::super::method::Parameter;
use super::{Commit, Method, Row, Select, Step, at_least_one, by_position, ranked};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "wide",
    doc: "Commits boldly, up to a part of the masks and at most twenty; meant to be paired with a revision that takes back what turns out wrong.",
    source: "WINO (Feng-Hong/WINO-DLLM)",
    parameters: &[Parameter::probability(
        "threshold",
        0.6,
        "What is surer than this is committed.",
    )],
    build: |values, _| Ok(Box::new(Wide::new(values.real("threshold")))),
};

/// Commits every candidate with confidence `> threshold`, at most `clamp(floor(0.7 * masks), 5,
/// 20)` of the surest, and the surest whatever it has (WINO's draft).
///
/// Equality fails. `masks` are those of the block. Of equals the lower position wins.
pub struct Wide {
    threshold: f32,
}

impl Wide {
    /// `threshold` is a probability.
    #[must_use]
    pub fn new(threshold: f32) -> Self {
        Self { threshold }
    }
}

impl Select for Wide {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let ranked = ranked(candidates);
        let masks = step.canvas.masked_in(step.block.range()).count();
        let cap = (masks * 7 / 10).clamp(5, 20);
        let sure = ranked.partition_point(|commit| commit.confidence > self.threshold);
        by_position(at_least_one(
            ranked[..sure.min(cap)].to_vec(),
            &ranked,
            step,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{rows, select_at, select_freely};
    use super::*;

    fn select(confidences: &[f32]) -> Vec<u32> {
        select_at(&mut Wide::new(0.6), &rows(confidences), 0)
    }

    #[test]
    fn sure_ones_up_to_the_cap() {
        assert_eq!(select(&[0.7, 0.5, 0.65]), [0, 2]);
        assert_eq!(select(&[0.9; 4]).len(), 4, "the cap is 5 at least");
        assert_eq!(select(&[0.9; 10]), [0, 1, 2, 3, 4, 5, 6], "7 of 10");
        assert_eq!(select(&[0.9; 50]).len(), 20);
        assert_eq!(select(&[0.5, 0.5]), [0], "none passes");
        assert!(select(&[]).is_empty());
    }

    #[test]
    fn the_threshold_itself_fails() {
        let candidates = rows(&[0.7, 0.8]);
        let threshold = candidates[0].commit().confidence;
        assert_eq!(select_at(&mut Wide::new(threshold), &candidates, 0), [1]);
        let mut unsure = Wide::new(candidates[1].commit().confidence);
        assert!(select_freely(&mut unsure, &candidates).is_empty());
    }
}
