//! What surrounds whole runs: estimating how likely a text is.
//!
//! A driver is an object with a `next`, as a run is: each call does one forward, and whoever wants
//! to stop stops calling.

mod score;

pub use score::{Estimator, Score, Scorer, TargetLikelihood};
