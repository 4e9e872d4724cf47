//! What a caller may choose about a run.

use serde::{Deserialize, Serialize};

use super::Proposal;
use crate::{Error, Result};

/// Which proposals are committed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "select", rename_all = "lowercase")]
pub enum SelectPolicy {
    /// The surest few of each step, so many that the block is full after its share of `steps`.
    Even {
        /// Steps of the whole canvas; absent: one per open position.
        steps: Option<u32>,
    },
    /// Everything at least this sure, and always the surest.
    Threshold {
        /// 0..=1.
        #[serde(default = "default_threshold")]
        threshold: f32,
    },
}

/// Balanced preset: two to three tokens per forward at a point of accuracy (Fast-dLLM v1).
fn default_threshold() -> f32 {
    0.9
}

impl Default for SelectPolicy {
    fn default() -> Self {
        Self::Threshold {
            threshold: default_threshold(),
        }
    }
}

/// When a run ends before the canvas is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExitPolicy {
    /// At a stop token with nothing open before it.
    #[default]
    Eos,
    /// Never: every position is proposed by the network, as LLaDA's own sampler does.
    Full,
}

/// One run's choices. The default is threshold 0.9 over one block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DecodeOptions {
    /// Positions of a block; absent: the whole canvas is one.
    pub block: Option<u32>,
    /// What is committed.
    pub select: SelectPolicy,
    /// When to stop early.
    pub exit: ExitPolicy,
    /// How rows propose.
    pub proposal: Proposal,
}

impl DecodeOptions {
    /// # Errors
    /// `bad_input`, naming the option and its range.
    pub(super) fn check(&self) -> Result<()> {
        if self.block == Some(0) {
            return Err(Error::bad_input(
                "block is 0; give at least 1, or leave it out",
            ));
        }
        match self.select {
            SelectPolicy::Even { steps: Some(0) } => {
                return Err(Error::bad_input(
                    "steps is 0; give at least 1, or leave it out",
                ));
            }
            SelectPolicy::Threshold { threshold } if !(0.0..=1.0).contains(&threshold) => {
                return Err(Error::bad_input(format!(
                    "threshold is {threshold}; it is a probability, so give 0 to 1"
                )));
            }
            SelectPolicy::Even { .. } | SelectPolicy::Threshold { .. } => {}
        }
        let temperature = self.proposal.temperature;
        if !temperature.is_finite() || temperature < 0.0 {
            return Err(Error::bad_input(format!(
                "temperature is {temperature}; give 0 (always the likeliest token) or more"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    #[test]
    fn impossible_options_are_refused_by_name() {
        let select = |select| DecodeOptions {
            select,
            ..DecodeOptions::default()
        };
        let tempered = |temperature| DecodeOptions {
            proposal: Proposal {
                temperature,
                ..Proposal::default()
            },
            ..DecodeOptions::default()
        };
        let block = DecodeOptions {
            block: Some(0),
            ..DecodeOptions::default()
        };
        for (options, name) in [
            (block, "block"),
            (select(SelectPolicy::Even { steps: Some(0) }), "steps"),
            (
                select(SelectPolicy::Threshold { threshold: 90.0 }),
                "threshold",
            ),
            (
                select(SelectPolicy::Threshold {
                    threshold: f32::NAN,
                }),
                "threshold",
            ),
            (tempered(-0.5), "temperature"),
            (tempered(f32::INFINITY), "temperature"),
        ] {
            let error = options.check().unwrap_err();
            assert_eq!(error.code, ErrorCode::BadInput);
            assert!(error.message.starts_with(name), "{error}");
        }
        assert_eq!(DecodeOptions::default().check(), Ok(()));
    }

    #[test]
    fn a_select_policy_reads_as_requests_spell_it() {
        let read = |json| serde_json::from_str::<SelectPolicy>(json).unwrap();
        assert_eq!(
            read(r#"{"select":"even"}"#),
            SelectPolicy::Even { steps: None }
        );
        assert_eq!(
            read(r#"{"select":"even","steps":8}"#),
            SelectPolicy::Even { steps: Some(8) }
        );
        assert_eq!(read(r#"{"select":"threshold"}"#), SelectPolicy::default());
        assert_eq!(
            read(r#"{"select":"threshold","threshold":0.5}"#),
            SelectPolicy::Threshold { threshold: 0.5 }
        );
    }
}
