//! Rounds weights by what their layers read: GPTQ (Frantar et al., arXiv 2210.17323) on partially
//! masked text.
//!
//! Rounding to the nearest number treats every column of a weight alike. What a layer reads does not:
//! some columns are large, and many move together. GPTQ rounds a column at a time and lets the
//! columns that are still to come make up for the error, as far as the layer's inputs allow
//! ([`Factor`], [`round_rows`]). Its inputs are gathered by running the model over text ([`passes`]),
//! a layer at a time: each is calibrated on what the layers before it give once they are rounded.
//!
//! A diffusion model reads canvases that are partly masked, and its activations change with how much
//! is; calibrating on plain text does not fit (DLLMQuant, arXiv 2508.14090). So the share of masked
//! positions is drawn anew for every text, uniformly in (0, 1) ([`canvases`]).

mod blocks;
mod canvas;
mod gptq;
mod gram;
mod passes;
mod texts;

pub use blocks::{Block, Scheme};
pub use canvas::{Canvas, canvases};
pub use gptq::{Rounded, round_rows};
pub use gram::{Factor, Gram};
pub use passes::{Calibrated, MatrixError, Step, calibrate};
pub use texts::{Text, parse};
