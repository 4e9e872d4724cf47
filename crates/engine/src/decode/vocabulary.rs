//! What the loop needs to know of the vocabulary; read from the checkpoint, never assumed.

use crate::{Error, Result};

/// The ids with a meaning for decoding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// The id that marks an open position. No proposal may be this id.
    pub mask_id: u32,
    /// Ids that end the text; empty for a model that never ends it.
    pub stop_ids: Vec<u32>,
    /// What follows the end of the text; the stop id itself where the model has no padding.
    pub pad_id: Option<u32>,
    /// Number of ids.
    pub size: u32,
    /// Ids whose text holds a line break: where a block may well end.
    pub delimiters: Vec<u32>,
    /// The id that stands for two positions instead of one (DreamOn), where the model knows one.
    pub expand_id: Option<u32>,
    /// The ids that a model with Rainbow Padding (arXiv 2510.03680) writes behind its end token,
    /// over and over in this order; empty for any other. Each of them ends the text as well as the
    /// end token does, so they are among `stop_ids` too.
    pub pad_cycle: Vec<u32>,
}

impl Vocabulary {
    /// The id to write behind the stop id `stop`.
    #[must_use]
    pub fn filler(&self, stop: u32) -> u32 {
        // Some checkpoints name MASK as their padding: that would reopen the position.
        self.pad_id.filter(|&id| id != self.mask_id).unwrap_or(stop)
    }

    /// `count` tokens that end a text, as the model would write them: the end token over and over,
    /// or once and then the cycle of its padding. Empty for a model that never ends a text.
    #[must_use]
    pub fn ending(&self, count: u32) -> Vec<u32> {
        let Some(&end) = self.stop_ids.first() else {
            return Vec::new();
        };
        let repeated = match self.pad_cycle.as_slice() {
            [] => std::slice::from_ref(&end),
            cycle => cycle,
        };
        let tokens = std::iter::once(end).chain(repeated.iter().copied().cycle());
        tokens.take(count as usize).collect()
    }

    /// # Errors
    /// `unsupported_model` when the ids contradict each other.
    pub(super) fn check(&self) -> Result<()> {
        let Self { mask_id, size, .. } = *self;
        let special = self.stop_ids.iter().chain(&self.pad_cycle).copied();
        let special = special.chain(self.pad_id).chain(self.expand_id);
        if let Some(id) = special.chain([mask_id]).find(|&id| id >= size) {
            return Err(Error::unsupported(format!(
                "special token {id} is outside the vocabulary of {size}; check the model's config.json"
            )));
        }
        if self.expand_id == Some(mask_id) {
            return Err(Error::unsupported(format!(
                "token {mask_id} is both the mask and the token that expands; no canvas would ever fill. Check the model's config.json"
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

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(stop_ids: &[u32], pad_cycle: &[u32]) -> Vocabulary {
        Vocabulary {
            mask_id: 9,
            stop_ids: stop_ids.to_vec(),
            pad_cycle: pad_cycle.to_vec(),
            size: 10,
            ..Vocabulary::default()
        }
    }

    #[test]
    fn an_ending_is_what_the_model_writes_there() {
        assert_eq!(vocabulary(&[3, 4], &[]).ending(3), [3, 3, 3]);
        assert_eq!(vocabulary(&[3, 5, 6], &[5, 6]).ending(4), [3, 5, 6, 5]);
        assert!(vocabulary(&[3], &[]).ending(0).is_empty());
        assert!(vocabulary(&[], &[]).ending(3).is_empty());
    }

    #[test]
    fn ids_that_contradict_each_other_are_refused() {
        let outside = vocabulary(&[3], &[10]);
        let expands = Vocabulary {
            expand_id: Some(9),
            ..vocabulary(&[3], &[])
        };
        for vocabulary in [outside, expands, vocabulary(&[9], &[])] {
            let code = vocabulary.check().unwrap_err().code;
            assert_eq!(code, crate::ErrorCode::UnsupportedModel);
        }
        assert_eq!(vocabulary(&[3, 5, 6], &[5, 6]).check(), Ok(()));
    }
}
