//! How likely a model holds a text to be: exactly for a causal model, by Monte Carlo estimates of
//! the bound for a masked one.
//!
//! Causal, by the chain rule: `ln p(y | q) = sum over i of ln p(y_i | q, y_<i)`, all terms from one
//! forward.
//!
//! Masked: `ln p(y | q) >= E_t E_masks [ 1/t * sum over masked i of ln p(y_i | y_t, q) ]`, where each token
//! of `y` is masked with probability t, uniform in 0..1. Here so many tokens are masked that t is
//! their share exactly, which removes one source of variance.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::order;
use crate::random::{bits, row_key, uniform};
use crate::{Error, Result};

/// Samples of an estimate where the caller names no number (LLaDA's `mc_num`).
pub const DEFAULT_SAMPLES: u32 = 128;

/// How the likelihood is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// Of causal models: nothing is masked, and one sample is the likelihood itself.
    Exact,
    /// LLaDA's (ML-GSAI/LLaDA, `get_log_likelihood.py`): the numbers of masks are spread evenly
    /// over `1..=L` from a random one on, and the estimate is the mean of the samples.
    MonteCarlo,
    /// GDPO's (arXiv 2510.08554): the shares are the three nodes of a Gauss-Legendre quadrature,
    /// and only the masks are random.
    SemiDeterministic,
}

/// Nodes and weights of the quadrature on 0..1.
const NODES: [(f64, f64); 3] = [
    (0.112_701_665_379_258_3, 5.0 / 18.0),
    (0.5, 4.0 / 9.0),
    (0.887_298_334_620_741_7, 5.0 / 18.0),
];

impl Estimator {
    /// The fewest samples that make an estimate.
    fn least(self) -> u32 {
        match self {
            Self::Exact | Self::MonteCarlo => 1,
            Self::SemiDeterministic => NODES.len() as u32,
        }
    }
}

/// `ln p(text | context)`, or an estimate of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// The likelihood or its estimate, nats.
    pub log_likelihood: f64,
    /// Its standard error over the samples: 0 of an exact one, absent where there are too few
    /// samples to tell.
    pub standard_error: Option<f64>,
    /// The estimate divided by the number of tokens: what to rank texts of different lengths by.
    pub per_token: f64,
    /// Tokens of the text.
    pub tokens: u32,
    /// Samples so far.
    pub samples: u32,
}

/// A network that tells the probability of given tokens.
pub trait TargetLikelihood {
    /// `ln p(targets[i])` at `positions[i]` (ascending) of the sequence `ids`.
    ///
    /// # Errors
    /// Whatever the executor reports.
    #[expect(
        async_fn_in_trait,
        reason = "futures of a browser's GPU are not Send, so callers may not ask for it"
    )]
    async fn log_likelihood(
        &mut self,
        ids: &[u32],
        positions: &[u32],
        targets: &[u32],
    ) -> Result<Vec<f32>>;
}

/// An estimate in progress: one forward a sample.
#[derive(Clone, Debug)]
pub struct Scorer {
    ids: Vec<u32>,
    text: Range<usize>,
    mask_id: u32,
    estimator: Estimator,
    samples: u32,
    seed: u64,
    done: Vec<f64>,
}

impl Scorer {
    /// Scores `text` behind `context`, never masking the context, with so many `samples`; where
    /// fewer are as good, as of an exact likelihood or a single token, it makes fewer.
    ///
    /// # Errors
    /// `bad_input` for an empty text, one with MASK in it, too few samples, or an exact likelihood
    /// of a text with nothing before it.
    pub fn new(
        context: &[u32],
        text: &[u32],
        mask_id: u32,
        estimator: Estimator,
        samples: u32,
        seed: u64,
    ) -> Result<Self> {
        if text.is_empty() || text.contains(&mask_id) {
            return Err(Error::bad_input(
                "the text to score is empty or holds the mask token; give the text itself",
            ));
        }
        if estimator == Estimator::Exact && context.is_empty() {
            return Err(Error::bad_input(
                "a causal model predicts a token from those before it, and nothing is before the \
                 first of this text; give a prompt",
            ));
        }
        let least = estimator.least();
        if samples < least {
            return Err(Error::bad_input(format!(
                "samples is {samples}; give at least {least}"
            )));
        }
        Ok(Self {
            ids: [context, text].concat(),
            text: context.len()..context.len() + text.len(),
            mask_id,
            estimator,
            samples: match estimator {
                Estimator::Exact => least,
                // One token has only one pattern of masks.
                _ if text.len() == 1 => least,
                _ => samples,
            },
            seed,
            done: Vec::new(),
        })
    }

    /// One sample more; `None` once all are drawn. To cancel, stop calling.
    ///
    /// # Errors
    /// What `model` reports, and `gpu` for numbers that are none; the sample can be repeated then.
    pub async fn next<M: TargetLikelihood>(&mut self, model: &mut M) -> Result<Option<Score>> {
        let sample = self.done.len() as u32;
        if sample >= self.samples {
            return Ok(None);
        }
        let count = self.masks(sample);
        let positions = self.draw(sample, count);
        let mut ids = self.ids.clone();
        if self.estimator != Estimator::Exact {
            for &position in &positions {
                ids[position as usize] = self.mask_id;
            }
        }
        let targets: Vec<u32> = positions.iter().map(|&p| self.ids[p as usize]).collect();
        let logs = model.log_likelihood(&ids, &positions, &targets).await?;
        let sum: f64 = logs.iter().map(|&log| f64::from(log)).sum();
        if logs.len() != positions.len() || sum.is_nan() {
            return Err(Error::new(
                crate::ErrorCode::Gpu,
                "the output head gave no usable likelihoods; try another device or dtype",
            ));
        }
        self.done.push(sum * self.text.len() as f64 / count as f64);
        Ok(Some(self.score()))
    }

    /// Rows of each forward: tokens of context and text.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.ids.len()
    }

    /// The estimate so far; without samples it is not a number.
    #[must_use]
    pub fn score(&self) -> Score {
        let (log_likelihood, variance) = match self.estimator {
            Estimator::Exact => (self.done.iter().sum(), Some(0.0)),
            Estimator::MonteCarlo => mean_and_variance(self.done.iter().copied()),
            Estimator::SemiDeterministic => self.quadrature(),
        };
        let tokens = self.text.len() as u32;
        Score {
            log_likelihood,
            standard_error: variance.map(f64::sqrt),
            per_token: log_likelihood / f64::from(tokens),
            tokens,
            samples: self.done.len() as u32,
        }
    }

    /// The weighted sum over the nodes, of those that have samples.
    fn quadrature(&self) -> (f64, Option<f64>) {
        let (mut estimate, mut weights, mut variance) = (0.0, 0.0, Some(0.0));
        for (node, (_, weight)) in NODES.iter().enumerate() {
            let samples = self.done.iter().skip(node).step_by(NODES.len());
            if samples.len() == 0 {
                continue;
            }
            let (mean, spread) = mean_and_variance(samples.copied());
            estimate += weight * mean;
            weights += weight;
            variance = Option::zip(variance, spread).map(|(sum, one)| sum + weight * weight * one);
        }
        let variance = variance.map(|sum: f64| sum / (weights * weights));
        (estimate / weights, variance)
    }

    /// How many tokens sample number `sample` masks.
    fn masks(&self, sample: u32) -> usize {
        let length = self.text.len();
        match self.estimator {
            Estimator::Exact => length,
            Estimator::MonteCarlo => {
                let first = uniform(row_key(self.seed, 0, 0)) * length as f32;
                let stride = f64::from(sample) * length as f64 / f64::from(self.samples);
                (first as usize + stride.round() as usize) % length + 1
            }
            Estimator::SemiDeterministic => {
                let (share, _) = NODES[sample as usize % NODES.len()];
                ((share * length as f64).round() as usize).clamp(1, length)
            }
        }
    }

    /// `count` positions of the text, ascending; every choice is as likely as any other.
    fn draw(&self, sample: u32, count: usize) -> Vec<u32> {
        let key = |position: u32| (bits(row_key(self.seed, sample + 1, position), 0), position);
        let mut positions: Vec<u32> = self.text.clone().map(|p| p as u32).collect();
        order::sort(&mut positions, |&a, &b| key(a).cmp(&key(b)));
        positions.truncate(count);
        positions.sort_unstable();
        positions
    }
}

/// The mean, and the variance of the mean where there are two samples or more.
fn mean_and_variance(samples: impl ExactSizeIterator<Item = f64> + Clone) -> (f64, Option<f64>) {
    let count = samples.len() as f64;
    let mean = samples.clone().sum::<f64>() / count;
    let squares: f64 = samples.map(|sample| (sample - mean).powi(2)).sum();
    let variance = (count > 1.0).then(|| squares / (count - 1.0) / count);
    (mean, variance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pollster::block_on;

    const MASK: u32 = 9;

    /// Tokens that do not depend on each other: token v has `ln p = -v`.
    struct Independent;

    impl TargetLikelihood for Independent {
        async fn log_likelihood(
            &mut self,
            ids: &[u32],
            positions: &[u32],
            targets: &[u32],
        ) -> Result<Vec<f32>> {
            assert!(positions.iter().all(|&p| ids[p as usize] == MASK));
            assert_eq!(
                ids.iter().filter(|&&id| id == MASK).count(),
                positions.len()
            );
            assert_eq!(ids[..2], [7, 8], "the context is never masked");
            Ok(targets.iter().map(|&target| -(target as f32)).collect())
        }
    }

    fn scored(text: &[u32], estimator: Estimator, samples: u32, seed: u64) -> Score {
        let mut scorer = Scorer::new(&[7, 8], text, MASK, estimator, samples, seed).unwrap();
        let mut steps = 0;
        while let Some(score) = block_on(scorer.next(&mut Independent)).unwrap() {
            steps += 1;
            assert_eq!(score.samples, steps);
        }
        scorer.score()
    }

    const BOTH: [Estimator; 2] = [Estimator::MonteCarlo, Estimator::SemiDeterministic];

    #[test]
    fn equal_tokens_have_their_likelihood_in_every_sample() {
        // Whatever is masked, its mean is -2 a token.
        for estimator in BOTH {
            let score = scored(&[2; 6], estimator, 9, 3);
            assert!((score.log_likelihood + 12.0).abs() < 1e-9, "{score:?}");
            assert!(score.standard_error.unwrap() < 1e-6);
            assert!((score.per_token + 2.0).abs() < 1e-9);
            assert_eq!((score.tokens, score.samples), (6, 9));
        }
    }

    #[test]
    fn the_estimate_is_unbiased_where_tokens_are_independent() {
        for estimator in BOTH {
            let score = scored(&[0, 1, 2, 3, 4, 5], estimator, 3000, 1);
            let error = score.standard_error.unwrap();
            assert!(error > 0.0 && error < 0.2, "{score:?}");
            assert!(
                (score.log_likelihood + 15.0).abs() < 4.0 * error,
                "{score:?}"
            );
        }
    }

    #[test]
    fn one_token_is_exact_and_needs_no_more_samples() {
        let score = scored(&[4], Estimator::MonteCarlo, 100, 0);
        assert_eq!((score.log_likelihood, score.samples), (-4.0, 1));
        assert_eq!(score.standard_error, None);
    }

    /// Token v at position p has `ln p = -v / p`.
    struct Causal;

    impl TargetLikelihood for Causal {
        async fn log_likelihood(
            &mut self,
            ids: &[u32],
            positions: &[u32],
            targets: &[u32],
        ) -> Result<Vec<f32>> {
            let pairs = positions.iter().zip(targets);
            assert!(pairs.clone().all(|(&p, &target)| ids[p as usize] == target));
            Ok(pairs.map(|(&p, &v)| -(v as f32) / p as f32).collect())
        }
    }

    #[test]
    fn an_exact_likelihood_is_one_forward_over_the_whole_text() {
        let exact = Estimator::Exact;
        let mut scorer = Scorer::new(&[7, 8], &[4, 6, 4], MASK, exact, 128, 0).unwrap();
        assert_eq!(scorer.rows(), 5);
        let score = block_on(scorer.next(&mut Causal)).unwrap().unwrap();
        assert_eq!((score.log_likelihood, score.per_token), (-5.0, -5.0 / 3.0));
        assert_eq!((score.standard_error, score.samples), (Some(0.0), 1));
        assert_eq!(block_on(scorer.next(&mut Causal)).unwrap(), None);
        let error = Scorer::new(&[], &[4], MASK, exact, 1, 0).unwrap_err();
        assert!(error.message.contains("give a prompt"), "{error}");
    }

    #[test]
    fn the_numbers_of_masks_are_spread_over_all() {
        let scorer = Scorer::new(&[], &[1; 8], MASK, Estimator::MonteCarlo, 8, 5).unwrap();
        let mut counts: Vec<usize> = (0..8).map(|sample| scorer.masks(sample)).collect();
        counts.sort_unstable();
        assert_eq!(counts, [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn the_same_seed_gives_the_same_score_and_bad_input_is_refused() {
        let score = |seed| scored(&[0, 1, 2, 3], Estimator::MonteCarlo, 5, seed);
        assert_eq!(score(4), score(4));
        assert_ne!(score(4), score(5));
        let refused = |text: &[u32], estimator, samples| {
            Scorer::new(&[], text, MASK, estimator, samples, 0).is_err()
        };
        assert!(refused(&[], Estimator::MonteCarlo, 4));
        assert!(refused(&[MASK], Estimator::MonteCarlo, 4));
        assert!(refused(&[1], Estimator::MonteCarlo, 0));
        assert!(refused(&[1], Estimator::SemiDeterministic, 2));
        assert!(refused(&[1], Estimator::Exact, 1), "nothing is before it");
    }
}
