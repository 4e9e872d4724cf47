//! The inner loops of the CPU executor: slices of numbers in, slices of numbers out.
//!
//! They are a crate of their own because the wasm module is compiled for size, and these for speed.
//!
//! [`multiply`] is the product of floats. The product of integers has weights in blocks of 32
//! columns with a scale each ([`Blocks`]), and rounds the activations likewise ([`Activations`]):
//!
//! `y[r, n] = Σ over blocks b of (d[r, b] D[n, b]) Σ over k in b of q[r, k] Q[n, k]`
//!
//! The inner sums are of whole numbers and so exact in any order. The outer one goes by blocks in
//! order and fuses no multiplication with an addition: every instruction set gives the same bits
//! ([`Instructions`]), whatever other rows there are.

mod activation;
mod activations;
mod attend;
mod attend_integers;
mod exp;
mod gemm;
mod halves;
mod instructions;
mod integers;
mod lanes;
mod layout;
mod portable;
mod quad;
mod softmax;
mod tile;
#[cfg(target_arch = "wasm32")]
mod wasm;
mod weigh;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use activation::{gelu, gelu_tanh, silu};
pub use activations::Activations;
pub use attend::{add_values, score};
pub use attend_integers::{Heads, Keys, Values};
pub use exp::exp_all;
pub use gemm::{View, multiply, multiply_add};
pub use halves::widen_halves;
pub use instructions::Instructions;
pub use integers::{Queries, Weights};
pub use lanes::{LANES, Lanes};
pub use layout::{BLOCK, COLUMNS};
pub use softmax::{largest, mass, sum};
pub use tile::{Blocks, Quants, Tile};
#[cfg(target_arch = "wasm32")]
pub use wasm::relaxed;
pub use weigh::Softmax;
