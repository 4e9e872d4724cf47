//! Forwards whose layers decide for themselves, by what they have computed.

use std::ops::Range;

use super::super::method::Setup;
use crate::{Error, Result};

/// What the layers make of the rows that are forwarded. What they decide stays on the device.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Layers {
    /// All the same.
    #[default]
    Alike,
    /// Of the keys outside `block`, each layer keeps those that the block's queries score highest;
    /// for a forward of all positions.
    Evict {
        /// Positions whose keys are no candidates.
        block: Range<u32>,
        /// Part of the others that is kept.
        keep: f32,
    },
    /// The rows are those of this block, and see each other and what the last `Evict` kept for it.
    /// As `Alike` where nothing was kept for it.
    Kept(Range<u32>),
    /// Every layer but the first computes the rows before `from`, and of the others the part whose
    /// values moved most since they were last computed; the rest keeps what attention and the
    /// feed-forward network last added to it. All rows where one of them was never computed.
    Adapt {
        /// The first position that need not be computed.
        from: u32,
        /// Part of the rows from there on that is computed.
        ratio: f32,
    },
    /// A layer keeps track of the token that the window attends to most. Where its attention is not
    /// what it was, the layers behind compute all rows. As a forward of all rows where one of them was
    /// never computed.
    Drift {
        /// The cosine of two rows of attention below which they differ.
        threshold: f32,
        /// Masks that are about to be written.
        window: Vec<u32>,
        /// Positions that hold a token.
        written: Vec<u32>,
    },
}

/// # Errors
/// `bad_input` where the model has blocks that do not see later ones.
pub(super) fn full_attention(name: &str, setup: &Setup) -> Result<()> {
    match setup.grid {
        None => Ok(()),
        Some(_) => Err(Error::bad_input(format!(
            "cache \"{name}\" is for models whose positions all see each other; this one is block-causal or causal and has an exact cache, so choose \"exact\" or \"auto\""
        ))),
    }
}
