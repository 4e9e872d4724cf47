//! What surrounds whole runs: how likely a text is, and which of several runs' answers is kept.
//!
//! A driver is an object with a `next`, as a run is: each call does one forward, or names the run
//! that is to be made next, and whoever wants to stop stops calling.

mod best_of;
mod path;
mod score;
mod vote;

pub use best_of::{BEST_OF_SAMPLES, BestOf};
pub use path::Path;
pub use score::{DEFAULT_SAMPLES, Estimator, Score, Scorer, TargetLikelihood};
pub use vote::Vote;
