//! The best of several runs, by the likelihood of their answers a token.
//!
//! Divided by the number of tokens, since any text is less likely than the beginning of it.

use super::{Path, Score};

/// Samples that an answer is scored by where its likelihood is estimated: four of each node of
/// [`super::Estimator::SemiDeterministic`]. All answers are scored with the same seed.
pub const BEST_OF_SAMPLES: u32 = 12;

/// A choice in progress.
#[derive(Clone, Debug)]
pub struct BestOf {
    paths: Vec<Path>,
    /// Scores of the first paths; none of an empty answer.
    scores: Vec<Option<Score>>,
}

impl BestOf {
    /// The best of `paths`, in their order.
    #[must_use]
    pub fn new(paths: Vec<Path>) -> Self {
        Self {
            paths,
            scores: Vec::new(),
        }
    }

    /// Every path, run or not.
    #[must_use]
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// The path to run next; `None` once all have run.
    #[must_use]
    pub fn next(&self) -> Option<Path> {
        self.paths.get(self.scores.len()).copied()
    }

    /// The score of the path that [`Self::next`] named; none for an empty answer.
    pub fn add(&mut self, score: Option<Score>) {
        self.scores.push(score);
    }

    /// The path whose answer is kept, as things are: the likeliest a token, the earlier of equals,
    /// an empty one only where all are. `None` before the first score.
    #[must_use]
    pub fn winner(&self) -> Option<usize> {
        let value = |path: usize| self.scores[path].map(|score| score.per_token);
        (0..self.scores.len()).reduce(|best, path| match (value(best), value(path)) {
            (Some(so_far), Some(other)) if other > so_far => path,
            (None, Some(_)) => path,
            _ => best,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn winner(values: &[Option<f64>]) -> Option<usize> {
        let mut best = BestOf::new(Path::schedule(&[None], 0, values.len() as u32));
        for &value in values {
            assert!(best.next().is_some());
            best.add(value.map(|per_token| Score {
                // A longer text is less likely as a whole.
                log_likelihood: per_token * 100.0,
                standard_error: None,
                per_token,
                tokens: 100,
                samples: 1,
            }));
        }
        assert_eq!(best.next(), None);
        best.winner()
    }

    #[test]
    fn the_likeliest_answer_a_token_is_kept() {
        assert_eq!(winner(&[]), None);
        assert_eq!(winner(&[Some(-2.0), Some(-1.0), Some(-3.0)]), Some(1));
        assert_eq!(winner(&[Some(-1.0), Some(-1.0)]), Some(0), "a tie");
        assert_eq!(winner(&[None, Some(-9.0), None]), Some(1), "empty answers");
        assert_eq!(winner(&[None, None]), Some(0), "nothing else");
        let impossible = Some(f64::NEG_INFINITY);
        assert_eq!(winner(&[impossible, Some(-50.0)]), Some(1));
        assert_eq!(winner(&[None, impossible]), Some(1));
    }

    #[test]
    fn paths_run_in_their_order() {
        let mut best = BestOf::new(Path::schedule(&[Some(4)], 7, 2));
        assert_eq!(best.next().map(|path| path.seed), Some(7));
        best.add(None);
        assert_eq!(best.next().map(|path| path.seed), Some(8));
    }
}
