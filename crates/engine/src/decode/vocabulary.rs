//! What the loop needs to know of the vocabulary; read from the checkpoint, never assumed.

use crate::{Error, Result};

/// The ids with a meaning for decoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// The id that marks an open position. No proposal may be this id.
    pub mask_id: u32,
    /// Ids that end the text; empty for a model that never ends it.
    pub stop_ids: Vec<u32>,
    /// What follows the end of the text; the stop id itself where the model has no padding.
    pub pad_id: Option<u32>,
    /// Number of ids.
    pub size: u32,
}

impl Vocabulary {
    /// The id to write behind the stop id `stop`.
    #[must_use]
    pub fn filler(&self, stop: u32) -> u32 {
        // Some checkpoints name MASK as their padding: that would reopen the position.
        self.pad_id.filter(|&id| id != self.mask_id).unwrap_or(stop)
    }

    /// # Errors
    /// `unsupported_model` when the ids contradict each other.
    pub(super) fn check(&self) -> Result<()> {
        let Self { mask_id, size, .. } = *self;
        let special = self.stop_ids.iter().copied().chain(self.pad_id);
        if let Some(id) = special.chain([mask_id]).find(|&id| id >= size) {
            return Err(Error::unsupported(format!(
                "special token {id} is outside the vocabulary of {size}; check the model's config.json"
            )));
        }
        if self.stop_ids.contains(&mask_id) {
            return Err(Error::unsupported(format!(
                "token {mask_id} is both the mask and a stop token; every canvas would end at once. Check the model's config.json"
            )));
        }
        Ok(())
    }
}
