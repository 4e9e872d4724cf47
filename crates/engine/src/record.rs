//! What one row of the network tells the host: 40 bytes, whatever the vocabulary.

/// Statistics of one row's logits, computed where the logits are.
///
/// "Logits" here are in *stat space*: raw for the LLaDA convention, divided by the temperature
/// for the Dream convention. MASK is banned before any of them is taken. Where top-k or top-p is
/// asked for, they are those of the kept logits; where stop tokens shall come last, the ids are chosen
/// with them, but `lse` and `ent` leave them out and their `l1`, `l2` and `l_samp` vanish, while
/// `l_eos` and `l_cur` stay.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Record {
    /// Id of the largest logit; the lowest id wins a tie.
    pub top1: u32,
    /// Id of the second largest logit.
    pub top2: u32,
    /// The proposed token: `top1` at temperature 0, else a Gumbel-max sample.
    pub samp: u32,
    /// Logit of `top1`.
    pub l1: f32,
    /// Logit of `top2`.
    pub l2: f32,
    /// logsumexp of all logits.
    pub lse: f32,
    /// Entropy of the softmax, nats, never below 0.
    pub ent: f32,
    /// Logit of the token now at the position; -inf where that is MASK.
    pub l_cur: f32,
    /// logsumexp over the stop ids.
    pub l_eos: f32,
    /// Logit of `samp`.
    pub l_samp: f32,
}

impl Record {
    /// Bytes of one record.
    pub const BYTES: usize = 40;

    /// Probability of the most likely token.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        (self.l1 - self.lse).exp()
    }

    /// Log-probability of the proposed token. A subtraction rounds alike on every device, which
    /// exponentials do not: what is ranked by it has one order everywhere.
    #[must_use]
    pub fn log_proposal(&self) -> f32 {
        self.l_samp - self.lse
    }

    /// Probability of the proposed token.
    #[must_use]
    pub fn proposal_confidence(&self) -> f32 {
        self.log_proposal().exp()
    }

    /// Probability of the token that is at the position now; 0 where that is MASK.
    #[must_use]
    pub fn current_probability(&self) -> f32 {
        (self.l_cur - self.lse).exp()
    }

    /// How far the largest logit is above the second.
    #[must_use]
    pub fn logit_margin(&self) -> f32 {
        self.l1 - self.l2
    }

    /// Probability of the most likely token minus that of the second.
    #[must_use]
    pub fn margin(&self) -> f32 {
        self.confidence() - (self.l2 - self.lse).exp()
    }

    /// Total probability of the stop ids.
    #[must_use]
    pub fn eos_probability(&self) -> f32 {
        (self.l_eos - self.lse).exp()
    }
}
