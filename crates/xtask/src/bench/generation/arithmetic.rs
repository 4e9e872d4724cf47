//! When several tokens a forward are worth its rows.
//!
//! A forward of r rows takes `t(r)`. An autoregressive model commits one token in `t(1)`, a diffusion
//! model n tokens in `t(r)`: it is the faster one while `t(r) < n t(1)`.

use std::iter::Sum;

/// What answers took together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    pub tokens: usize,
    pub forwards: usize,
    /// Of the network, in all forwards.
    pub rows: usize,
    pub seconds: f64,
}

impl Totals {
    pub fn tokens_per_second(&self) -> f64 {
        self.tokens as f64 / self.seconds
    }

    pub fn tokens_per_forward(&self) -> f64 {
        self.tokens as f64 / self.forwards as f64
    }

    pub fn rows_per_token(&self) -> f64 {
        self.rows as f64 / self.tokens as f64
    }

    pub fn rows_per_forward(&self) -> f64 {
        self.rows as f64 / self.forwards as f64
    }
}

impl Sum for Totals {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            tokens: sum.tokens + one.tokens,
            forwards: sum.forwards + one.forwards,
            rows: sum.rows + one.rows,
            seconds: sum.seconds + one.seconds,
        })
    }
}

/// Seconds of a forward of `rows` rows, between the measured ones of a curve (rows, seconds) on a
/// straight line; beyond its ends on the line of the last two.
pub fn seconds_at(curve: &[(f64, f64)], rows: f64) -> Option<f64> {
    let pairs = || curve.windows(2);
    let pair = pairs()
        .find(|pair| rows <= pair[1].0)
        .or_else(|| pairs().last())?;
    let (a, b) = (pair[0], pair[1]);
    Some(a.1 + (rows - a.0) * (b.1 - a.1) / (b.0 - a.0))
}

/// The most rows whose forward takes at most as long as `tokens` forwards of one row: the width up to
/// which so many tokens a forward pay. None where it is beyond what was measured.
pub fn break_even(curve: &[(f64, f64)], tokens: f64) -> Option<f64> {
    let allowed = tokens * curve.first()?.1;
    let pair = curve.windows(2).find(|pair| pair[1].1 > allowed)?;
    let (a, b) = (pair[0], pair[1]);
    Some((a.0 + (allowed - a.1) * (b.0 - a.0) / (b.1 - a.1)).max(a.0))
}
