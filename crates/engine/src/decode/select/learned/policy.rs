//! The network of the learned unmasking policy.

use serde::Deserialize;

use super::dense::{Dense, dot};
use super::{Sight, feature, sigmoid};
use crate::{Error, Result};

/// The weights that were trained for `models/tiny`, JSON.
const TINY: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../models/tiny/policies/policy.json"
));

/// Numbers that a position enters as: its confidence, whether it is open, and the time.
const INPUTS: usize = 3;

/// One transformer layer over the positions of a block of any length.
///
/// `x += mix(attention(unit(x))); x += outer(silu(inner(unit(x)))); logit = leave(unit(x))`, where
/// `unit` divides by the root of the mean square. Attention weakens with the distance, by a rate
/// of each head to the left and another to the right.
#[derive(Clone, Debug, Deserialize)]
pub struct Policy {
    heads: usize,
    enter: Dense,    // [INPUTS] to [width]
    qkv: Dense,      // [width] to [3 * width]: queries, keys, values, each [heads, head_dim]
    mix: Dense,      // [width] to [width]
    inner: Dense,    // [width] to [inner]
    outer: Dense,    // [inner] to [width]
    leave: Dense,    // [width] to [1]
    left: Vec<f32>,  // [heads]
    right: Vec<f32>, // [heads]
}

impl Policy {
    /// The one that was trained for `models/tiny`.
    ///
    /// # Errors
    /// As [`Policy::parse`]; a test shows that there is none.
    pub fn tiny() -> Result<Self> {
        Self::parse(TINY)
    }

    /// Reads what `training/policy.py` writes as `policy.json`.
    ///
    /// # Errors
    /// `bad_file` for what is no such file.
    pub fn parse(json: &str) -> Result<Self> {
        let policy: Self = serde_json::from_str(json)
            .map_err(|error| Error::bad_file(format!("the policy's weights: {error}")))?;
        if !policy.fits() {
            return Err(Error::bad_file("the policy's weights do not fit together"));
        }
        Ok(policy)
    }

    fn fits(&self) -> bool {
        let Self {
            heads,
            enter,
            qkv,
            mix,
            inner,
            outer,
            leave,
            left,
            right,
        } = self;
        let (width, wide) = (enter.outputs(), inner.outputs());
        let is_split = width > 0 && *heads > 0 && width % *heads == 0;
        let has_rates = left.len() == *heads && right.len() == *heads;
        let attends = qkv.is(width, 3 * width) && mix.is(width, width);
        let thinks = inner.is(width, wide) && outer.is(wide, width);
        is_split && has_rates && attends && thinks && enter.is(INPUTS, width) && leave.is(width, 1)
    }

    /// How ready the policy is to commit each position, 0 to 1; a `temperature` above 1 draws
    /// everything towards one half.
    #[must_use]
    pub fn chances(&self, sight: &Sight, temperature: f32) -> Vec<f32> {
        let mut chances = self.logits(sight);
        chances
            .iter_mut()
            .for_each(|chance| *chance = sigmoid(*chance / temperature));
        chances
    }

    fn logits(&self, sight: &Sight) -> Vec<f32> {
        let width = self.enter.outputs();
        let mut stream = self.entered(sight); // [positions, width]
        self.attend(&mut stream);
        let mut hidden = vec![0.0; self.inner.outputs()];
        let mut scratch = vec![0.0; width];
        let mut logit = [0.0];
        let positions = stream.chunks_mut(width).map(|x| {
            unit(x, &mut scratch);
            self.inner.apply(&scratch, &mut hidden);
            hidden.iter_mut().for_each(|y| *y *= sigmoid(*y));
            self.outer.apply(&hidden, &mut scratch);
            add(x, &scratch);
            unit(x, &mut scratch);
            self.leave.apply(&scratch, &mut logit);
            logit[0]
        });
        positions.collect()
    }

    /// Every position as `width` numbers.
    fn entered(&self, sight: &Sight) -> Vec<f32> {
        let width = self.enter.outputs();
        let mut stream = vec![0.0; sight.confidence.len() * width];
        let positions = sight.confidence.iter().zip(&sight.is_open);
        for (x, (&confidence, &is_open)) in stream.chunks_mut(width).zip(positions) {
            let input = [
                feature(confidence),
                f32::from(u8::from(is_open)),
                sight.time,
            ];
            self.enter.apply(&input, x);
        }
        stream
    }

    /// Adds what each position makes of all.
    fn attend(&self, stream: &mut [f32]) {
        let width = self.enter.outputs();
        let length = stream.len() / width;
        let mut scratch = vec![0.0; width];
        let mut qkv = vec![0.0; length * 3 * width]; // [positions, queries + keys + values]
        for (x, qkv) in stream.chunks(width).zip(qkv.chunks_mut(3 * width)) {
            unit(x, &mut scratch);
            self.qkv.apply(&scratch, qkv);
        }
        let mut scores = vec![0.0; length];
        let mut seen = vec![0.0; width];
        for (at, x) in stream.chunks_mut(width).enumerate() {
            for head in 0..self.heads {
                self.look(head, at, &qkv, &mut scores, &mut seen);
            }
            self.mix.apply(&seen, &mut scratch);
            add(x, &scratch);
        }
    }

    /// Writes to its part of `seen` what `head` sees from position `at`; `scores` is scratch.
    fn look(&self, head: usize, at: usize, qkv: &[f32], scores: &mut [f32], seen: &mut [f32]) {
        let width = self.enter.outputs();
        let size = width / self.heads;
        let part = |position: usize, third: usize| {
            let start = (3 * position + third) * width + head * size;
            &qkv[start..start + size]
        };
        let query = part(at, 0);
        for (position, score) in scores.iter_mut().enumerate() {
            let distance = position.abs_diff(at) as f32;
            let rate = if position < at {
                self.left[head]
            } else {
                self.right[head]
            };
            *score = dot(query, part(position, 1)) / (size as f32).sqrt() - rate * distance;
        }
        softmax(scores);
        let seen = &mut seen[head * size..][..size];
        seen.fill(0.0);
        for (position, &weight) in scores.iter().enumerate() {
            let value = part(position, 2);
            seen.iter_mut()
                .zip(value)
                .for_each(|(y, v)| *y += weight * v);
        }
    }
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}

/// Writes `x / sqrt(mean(x^2) + 1e-6)` to `y`.
fn unit(x: &[f32], y: &mut [f32]) {
    let mean = dot(x, x) / x.len() as f32;
    let scale = 1.0 / (mean + 1e-6).sqrt();
    y.iter_mut().zip(x).for_each(|(y, x)| *y = x * scale);
}

fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores
        .iter_mut()
        .for_each(|score| *score = (*score - most).exp());
    let sum: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, golden};
    use super::*;

    #[test]
    fn it_computes_what_pytorch_computes_at_any_length() {
        let policy = Policy::tiny().unwrap();
        let cases = golden().policy;
        assert!(cases.len() >= 4);
        for case in cases {
            let sight = Sight {
                confidence: case.confidence,
                is_open: case.open,
                time: case.time,
                ..Sight::default()
            };
            assert_close(&policy.logits(&sight), &case.logits);
        }
        assert!(policy.logits(&Sight::default()).is_empty());
    }

    #[test]
    fn a_higher_temperature_is_nearer_to_one_half() {
        let policy = Policy::tiny().unwrap();
        let sight = Sight {
            confidence: vec![0.999, 0.05],
            is_open: vec![true; 2],
            time: 0.5,
            ..Sight::default()
        };
        let [low, high] = [1.0, 4.0].map(|temperature| policy.chances(&sight, temperature));
        for (low, high) in low.iter().zip(&high) {
            assert!((high - 0.5).abs() < (low - 0.5).abs(), "{high} and {low}");
            assert!((high - 0.5) * (low - 0.5) >= 0.0, "on the same side");
        }
    }

    #[test]
    fn what_is_no_policy_is_an_error() {
        let mut wrong: serde_json::Value = serde_json::from_str(TINY).unwrap();
        wrong["heads"] = 3.into();
        let mut short: serde_json::Value = serde_json::from_str(TINY).unwrap();
        short["left"] = serde_json::json!([0.5]);
        for text in ["", "{}", &wrong.to_string(), &short.to_string()] {
            let error = Policy::parse(text).unwrap_err();
            assert_eq!(error.code, crate::ErrorCode::BadFile);
        }
    }
}
