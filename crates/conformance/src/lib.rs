//! Every shader variant against its plain twin, on whatever device there is: natively a test, in a
//! browser the page `conformance.html`, whose report says what a visitor's GPU gets wrong.
//!
//! The twins themselves are held to independent oracles in the engine's tests.

pub mod cases;
pub mod check;
pub mod numbers;
pub mod problem;

#[cfg(target_arch = "wasm32")]
mod page;

pub use check::{Outcome, check, devices, open};
pub use problem::Problem;
