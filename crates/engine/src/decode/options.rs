//! What a caller may choose about a run.

use super::Proposal;
use super::method::Choice;
use crate::{Error, Result};

/// One run's choices. The default is threshold 0.9 over one block.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodeOptions {
    /// Positions of a block; absent: the whole canvas is one.
    pub block: Option<u32>,
    /// The grid of blocks from position 0 on that the model was trained on, where it was: blocks
    /// keep to it, whatever `block` says.
    pub grid: Option<u32>,
    /// Whether the model was trained as a causal one as well, whatever the caller says.
    pub tri_mode: bool,
    /// What is committed: one of [`super::select::METHODS`].
    pub select: Choice,
    /// What is undone: one of [`super::revise::METHODS`].
    pub revise: Choice,
    /// Which positions are open: one of [`super::structure::METHODS`].
    pub structure: Choice,
    /// When to stop early: one of [`super::exit::METHODS`].
    pub exit: Choice,
    /// Which rows are forwarded: one of [`super::row_plan::METHODS`].
    pub cache: Choice,
    /// Steps that are taken at once where no piece wants to see every step, 1 for one at a time;
    /// what is written stays the same. Frames come in their order, several at a time.
    pub unroll: u32,
    /// How rows propose.
    pub proposal: Proposal,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            block: None,
            grid: None,
            tri_mode: false,
            // Two to three tokens per forward at a point of accuracy (Fast-dLLM v1).
            select: Choice::new("threshold"),
            revise: Choice::new("none"),
            structure: Choice::new("blocks"),
            exit: Choice::new("eos"),
            cache: Choice::new("auto"),
            unroll: 1,
            proposal: Proposal::default(),
        }
    }
}

/// Steps that are taken at once at most: a recording names every kernel of each.
const MOST_UNROLLED: u32 = 64;

/// Methods that decide by chance, beside the sampling of tokens. `tests/rooms.rs` holds that no
/// other asks for the seed.
const BY_CHANCE: [&str; 5] = ["random", "dream", "unmasking_policy", "remdm", "dpad"];

impl DecodeOptions {
    /// Whether runs with different seeds are certain to be equal: tokens are not sampled, and no
    /// piece decides by chance.
    #[must_use]
    pub fn ignores_seed(&self) -> bool {
        let choices = [
            &self.select,
            &self.revise,
            &self.structure,
            &self.exit,
            &self.cache,
        ];
        let by_chance = |choice: &&Choice| BY_CHANCE.contains(&choice.name.as_str());
        self.proposal.temperature == 0.0 && !choices.iter().any(by_chance)
    }

    /// # Errors
    /// `bad_input`, naming the option and its range.
    pub(super) fn check(&self) -> Result<()> {
        if self.block == Some(0) {
            return Err(Error::bad_input(
                "block is 0; give at least 1, or leave it out",
            ));
        }
        if !(1..=MOST_UNROLLED).contains(&self.unroll) {
            return Err(Error::bad_input(format!(
                "unroll is {}; give 1 (one step at a time) to {MOST_UNROLLED}",
                self.unroll
            )));
        }
        let proposal = &self.proposal;
        let temperature = proposal.temperature;
        if !temperature.is_finite() || temperature < 0.0 {
            return Err(Error::bad_input(format!(
                "temperature is {temperature}; give 0 (always the likeliest token) or more"
            )));
        }
        if proposal.top_k == Some(0) {
            return Err(Error::bad_input(
                "top_k is 0; give at least 1, or leave it out",
            ));
        }
        if let Some(top_p) = proposal.top_p.filter(|p| !(0.0..=1.0).contains(p)) {
            return Err(Error::bad_input(format!(
                "top_p is {top_p}; it is a probability, so give 0 to 1"
            )));
        }
        let penalty = proposal.guidance.repetition_penalty;
        if !penalty.is_finite() || penalty <= 0.0 {
            return Err(Error::bad_input(format!(
                "repetition_penalty is {penalty}; give 1 (none) or more"
            )));
        }
        let scale = proposal.guidance.cfg_scale;
        if !scale.is_finite() || scale < 0.0 {
            return Err(Error::bad_input(format!(
                "cfg_scale is {scale}; give 0 (none) or more"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;
    use crate::decode::Guidance;

    #[test]
    fn the_seed_counts_where_something_is_left_to_chance() {
        let default = DecodeOptions::default();
        assert!(default.ignores_seed());
        let mut sampled = default.clone();
        sampled.proposal.temperature = 0.5;
        assert!(!sampled.ignores_seed());
        for name in ["random", "dream"] {
            let select = Choice::new(name);
            let drawn = DecodeOptions {
                select,
                ..default.clone()
            };
            assert!(!drawn.ignores_seed(), "{name}");
        }
        let revise = Choice::new("remdm");
        assert!(!DecodeOptions { revise, ..default }.ignores_seed());
    }

    #[test]
    fn impossible_options_are_refused_by_name() {
        let proposed = |proposal| DecodeOptions {
            proposal,
            ..DecodeOptions::default()
        };
        let tempered = |temperature| {
            proposed(Proposal {
                temperature,
                ..Proposal::default()
            })
        };
        let guided = |guidance| {
            proposed(Proposal {
                guidance,
                ..Proposal::default()
            })
        };
        let block = DecodeOptions {
            block: Some(0),
            ..DecodeOptions::default()
        };
        let top_k = proposed(Proposal {
            top_k: Some(0),
            ..Proposal::default()
        });
        let top_p = proposed(Proposal {
            top_p: Some(1.5),
            ..Proposal::default()
        });
        let repetition_penalty = guided(Guidance {
            repetition_penalty: 0.0,
            ..Guidance::default()
        });
        let cfg_scale = guided(Guidance {
            cfg_scale: f32::NAN,
            ..Guidance::default()
        });
        let unroll = DecodeOptions {
            unroll: 0,
            ..DecodeOptions::default()
        };
        for (options, name) in [
            (block, "block"),
            (unroll, "unroll"),
            (tempered(-0.5), "temperature"),
            (tempered(f32::INFINITY), "temperature"),
            (top_k, "top_k"),
            (top_p, "top_p"),
            (repetition_penalty, "repetition_penalty"),
            (cfg_scale, "cfg_scale"),
        ] {
            let error = options.check().unwrap_err();
            assert_eq!(error.code, ErrorCode::BadInput);
            assert!(error.message.starts_with(name), "{error}");
        }
        assert_eq!(DecodeOptions::default().check(), Ok(()));
    }
}
