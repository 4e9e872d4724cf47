//! Everything that is sure enough, and always the surest (Fast-dLLM v1).

use super::{Block, Canvas, Commit, Row, Select, by_position, ranked};

/// Commits every candidate with confidence `>= threshold`, and the surest whatever it has.
///
/// Equality passes, as in Fast-dLLM v1 on LLaDA (NVlabs/Fast-dLLM, `get_transfer_index`);
/// Fast-dLLM v2, SDAR and LLaDA2 ask for more than the threshold.
pub struct Threshold {
    threshold: f32,
}

impl Threshold {
    /// `threshold` is a probability.
    #[must_use]
    pub fn new(threshold: f32) -> Self {
        Self { threshold }
    }
}

impl Select for Threshold {
    fn select(&mut self, candidates: &[Row], _block: &Block, _canvas: &Canvas) -> Vec<Commit> {
        let mut commits = ranked(candidates);
        let sure = commits.partition_point(|commit| commit.confidence >= self.threshold);
        commits.truncate(sure.max(1));
        by_position(commits)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{open, positions, rows};
    use super::*;

    fn select(threshold: f32, candidates: &[Row]) -> Vec<u32> {
        let (block, canvas) = open(candidates.len() as u32);
        positions(&Threshold::new(threshold).select(candidates, &block, &canvas))
    }

    #[test]
    fn sure_candidates_pass_and_the_surest_always_does() {
        let candidates = rows(&[0.2, 0.95, 0.5, 0.91]);
        assert_eq!(select(0.9, &candidates), [1, 3]);
        assert_eq!(select(0.1, &candidates), [0, 1, 2, 3], "all above: all");
        assert_eq!(select(0.99, &candidates), [1], "all below: exactly one");
        assert_eq!(select(0.9, &[]), Vec::<u32>::new(), "none: none");
    }

    #[test]
    fn the_threshold_itself_passes() {
        let candidates = rows(&[0.2, 0.5, 0.7]);
        let threshold = candidates[1].commit().confidence;
        assert_eq!(select(threshold, &candidates), [1, 2]);
        assert_eq!(select(threshold.next_up(), &candidates), [2]);
    }

    #[test]
    fn of_equals_below_the_threshold_the_lower_position_wins() {
        assert_eq!(select(0.9, &rows(&[0.2, 0.5, 0.5])), [1]);
        assert_eq!(select(0.9, &rows(&[0.5, 0.5, 0.5])), [0]);
    }

    #[test]
    fn zero_commits_everything_and_one_only_certainty() {
        assert_eq!(select(0.0, &rows(&[0.1, 0.2])), [0, 1]);
        assert_eq!(select(1.0, &rows(&[0.1, 1.0, 0.999, 1.0])), [1, 3]);
    }
}
