//! The network of the Learn2PD filter.

use serde::Deserialize;

use super::dense::Dense;
use super::{feature, sigmoid};
use crate::{Error, Result};

/// The weights that were trained for `models/tiny`, JSON.
const TINY: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../models/tiny/policies/filter.json"
));

/// Two linear layers over the confidences of a block of the length that it was trained on.
#[derive(Clone, Debug, Deserialize)]
pub struct Filter {
    block: usize,
    inner: Dense, // [block] to [inner], ReLU
    outer: Dense, // [inner] to [block]
}

impl Filter {
    /// The one that was trained for `models/tiny`, in blocks of 8.
    ///
    /// # Errors
    /// As [`Filter::parse`]; a test shows that there is none.
    pub fn tiny() -> Result<Self> {
        Self::parse(TINY)
    }

    /// Reads what `training/policy.py` writes as `filter.json`.
    ///
    /// # Errors
    /// `bad_file` for what is no such file.
    pub fn parse(json: &str) -> Result<Self> {
        let filter: Self = serde_json::from_str(json)
            .map_err(|error| Error::bad_file(format!("the filter's weights: {error}")))?;
        let Self {
            block,
            inner,
            outer,
        } = &filter;
        let width = inner.outputs();
        if *block == 0 || !inner.is(*block, width) || !outer.is(width, *block) {
            return Err(Error::bad_file(format!(
                "the filter's weights do not fit together and its block of {block}"
            )));
        }
        Ok(filter)
    }

    /// Positions of the block that it was trained on.
    #[must_use]
    pub fn block(&self) -> usize {
        self.block
    }

    /// How likely each position's proposal is the final token, 0 to 1, by `confidence`.
    ///
    /// What is longer than the filter's block is read in windows of that length from the left, and
    /// where the last one is short, what is missing counts as sure, as it did in training.
    #[must_use]
    pub fn scores(&self, confidence: &[f32]) -> Vec<f32> {
        let mut scores = self.logits(confidence);
        scores.iter_mut().for_each(|score| *score = sigmoid(*score));
        scores
    }

    fn logits(&self, confidence: &[f32]) -> Vec<f32> {
        let mut logits = Vec::with_capacity(confidence.len());
        let mut hidden = vec![0.0; self.inner.outputs()];
        let mut scores = vec![0.0; self.block];
        let mut features = vec![0.0; self.block];
        for window in confidence.chunks(self.block) {
            for (at, x) in features.iter_mut().enumerate() {
                *x = feature(window.get(at).copied().unwrap_or(1.0));
            }
            self.inner.apply(&features, &mut hidden);
            hidden.iter_mut().for_each(|x| *x = x.max(0.0));
            self.outer.apply(&hidden, &mut scores);
            logits.extend(&scores[..window.len()]);
        }
        logits
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, golden};
    use super::*;

    #[test]
    fn it_computes_what_pytorch_computes() {
        let filter = Filter::tiny().unwrap();
        let cases = golden().filter;
        assert!(cases.len() >= 4);
        for case in &cases {
            assert_eq!(case.confidence.len(), filter.block());
            assert_close(&filter.logits(&case.confidence), &case.logits);
        }
    }

    #[test]
    fn long_blocks_are_windows_and_short_ones_are_filled_up_with_what_is_sure() {
        let filter = Filter::tiny().unwrap();
        let long: Vec<f32> = (0..19).map(|at| 0.3 + 0.03 * at as f32).collect();
        let scores = filter.scores(&long);
        assert_eq!(scores.len(), 19);
        assert_eq!(scores[..8], filter.scores(&long[..8]));
        assert_eq!(scores[8..16], filter.scores(&long[8..16]));
        let filled: Vec<f32> = long[16..].iter().copied().chain([1.0; 5]).collect();
        assert_eq!(scores[16..], filter.scores(&filled)[..3]);
        assert!(filter.scores(&[]).is_empty());
    }

    #[test]
    fn what_is_no_filter_is_an_error() {
        let dense = r#"{"weight": [[1, 2]]}"#;
        for text in [
            "",
            "{}",
            &format!(r#"{{"block": 2, "inner": {dense}, "outer": {dense}}}"#),
            &format!(r#"{{"block": 0, "inner": {dense}, "outer": {dense}}}"#),
        ] {
            let error = Filter::parse(text).unwrap_err();
            assert_eq!(error.code, crate::ErrorCode::BadFile, "{text}");
        }
    }
}
