//! What a step may ask of the network beyond plain records, and what comes back.

use super::layers::Layers;
use crate::error::{Error, Result};
use crate::kernels::attention::BRANCHES;
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::kernels::logit_stats::GATHERED;
use crate::model::{Attention, LogitShift, ModelSpec};
use crate::record::Record;

/// How logits change before any statistic is taken, and which of them count.
///
/// The order is: guidance, biases and bans, repetition penalty, temperature, top-p, top-k.
#[derive(Clone, Debug, PartialEq)]
pub struct LogitRules {
    /// Added to the logits of these ids; minus infinity bans one. Biases of one id add up.
    pub bias: Vec<(u32, f32)>,
    /// Divides positive and multiplies negative logits of the ids in the sequence, as Hugging Face
    /// does; 1 changes nothing.
    pub repetition_penalty: f32,
    /// Classifier-free guidance `u + (scale + 1) (c - u)`, where an [`Ask`] brings unconditional
    /// ids; 0 changes nothing.
    pub cfg_scale: f32,
    /// Keeps so many of the largest logits, and ties with the last of them.
    pub top_k: Option<u32>,
    /// Keeps an id when the probability strictly above it is at most this; applied before top-k.
    pub top_p: Option<f32>,
    /// Stop ids are chosen as ever but have probability 0 afterwards, and the others are
    /// renormalised without them, so that they are committed last (LLaDA).
    pub eos_last: bool,
}

impl LogitRules {
    /// Rules that change nothing.
    pub const NONE: Self = Self {
        bias: Vec::new(),
        repetition_penalty: 1.0,
        cfg_scale: 0.0,
        top_k: None,
        top_p: None,
        eos_last: false,
    };

    /// Whether the rules change nothing; the guidance scale needs unconditional ids to matter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let guidance = Self {
            cfg_scale: self.cfg_scale,
            ..Self::NONE
        };
        *self == guidance
    }

    fn check(&self, vocabulary: u32) -> Result<()> {
        let large = |bias: f32| bias.is_nan() || bias > 1e30;
        if let Some((id, bias)) = self
            .bias
            .iter()
            .find(|(id, b)| *id >= vocabulary || large(*b))
        {
            return Err(Error::bad_input(format!(
                "the bias {bias} of token {id} cannot be applied: the vocabulary has {vocabulary} \
                 tokens, and a bias is a number or minus infinity"
            )));
        }
        let penalty = self.repetition_penalty;
        if !(penalty.is_finite() && penalty > 0.0) {
            return Err(Error::bad_input(format!(
                "the repetition penalty is {penalty}; it must be above 0"
            )));
        }
        if !self.cfg_scale.is_finite() {
            return Err(Error::bad_input("the guidance scale is not a number"));
        }
        if self.top_k == Some(0) || self.top_p.is_some_and(|p| p.is_nan() || p < 0.0) {
            return Err(Error::bad_input(
                "top-k must be at least 1 and top-p at least 0",
            ));
        }
        Ok(())
    }
}

impl Default for LogitRules {
    fn default() -> Self {
        Self::NONE
    }
}

/// An extra MASK row that stands in for a canvas position (WINO): no ordinary row sees it, and it
/// sees every row but that position's own. Its record tells what the rest of the canvas says about
/// the position; `l_cur` is the logit of the token there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shadow {
    /// The position it stands in for.
    pub position: u32,
}

/// Another continuation of the sequence, forwarded beside it: what the rows of the sequence that its
/// tokens change would compute, had the sequence those tokens. No other row sees it.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Tokens in place of those of the sequence, by position; at least one.
    pub tokens: Vec<(u32, u32)>,
    /// Rows that need a record.
    pub rows: Vec<RecordRow>,
}

/// Which rows of the sequence are forwarded; the others are attended to as they were kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// All of them; nothing is kept.
    #[default]
    All,
    /// With block-causal and causal attention: the rows that are not as they were kept, up to the
    /// block of the last record. Exact. With full attention: all of them.
    Changed,
    /// `rows`, those of the records, and those of `sees` that the run has kept nothing of yet; they
    /// attend to each other and to `sees`. Both ascending. An approximation, or the exact forward of
    /// a sequence with gaps where `rows` and `sees` are the same.
    Chosen {
        /// Rows that are forwarded.
        rows: Vec<u32>,
        /// Positions that may be attended to.
        sees: Vec<u32>,
    },
}

/// Who sees whom in a forward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// As in the model.
    #[default]
    Own,
    /// From this position on, a row sees only itself and what is before it: with the start of a block,
    /// what a block-causal model says in it in blocks of one. Keys and values from there on are not
    /// kept.
    CausalFrom(u32),
    /// Up to this position, a row sees only itself and what is before it; from there on, rows see
    /// each other as well, and their keys and values are not kept.
    CausalUntil(u32),
}

impl Reading {
    /// That of a causal model.
    pub const CAUSAL: Self = Self::CausalUntil(u32::MAX);

    /// The position from which on keys and values are those of no later forward.
    pub(super) fn spoilt_from(self) -> Option<u32> {
        match self {
            Self::Own => None,
            Self::CausalFrom(start) => Some(start),
            Self::CausalUntil(start) => (start < u32::MAX).then_some(start),
        }
    }
}

/// What one forward shall tell.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Rows that are forwarded.
    pub forward: Rows,
    /// What the layers make of them.
    pub layers: Layers,
    /// Rows of the sequence that need a record.
    pub rows: Vec<RecordRow>,
    /// Extra rows; they take no noise, and the stat space of the first of `rows`.
    pub shadows: Vec<Shadow>,
    /// Who sees whom.
    pub reading: Reading,
    /// Other continuations of the sequence, which share with it what their tokens do not change.
    pub branches: Vec<Branch>,
    /// Changes of the logits.
    pub guidance: &'a LogitRules,
    /// Ids whose logits are wanted, for each of `rows` ([`NO_TOKEN`] for an empty slot), or empty.
    pub gather: Vec<[u32; GATHERED]>,
    /// For each of `rows`, the index of the same position among the `rows` of the last [`Ask`]
    /// with `kl`, or [`NO_TOKEN`]. The logits of this one are kept for the next.
    pub kl: Option<Vec<u32>>,
    /// The sequence without what guidance shall strengthen; as long as the sequence.
    pub unconditional: Option<Vec<u32>>,
}

impl Ask<'static> {
    /// Asks for records and nothing else.
    #[must_use]
    pub fn records(rows: Vec<RecordRow>) -> Self {
        static NONE: LogitRules = LogitRules::NONE;
        Self {
            forward: Rows::All,
            layers: Layers::Alike,
            rows,
            shadows: Vec::new(),
            reading: Reading::Own,
            branches: Vec::new(),
            guidance: &NONE,
            gather: Vec::new(),
            kl: None,
            unconditional: None,
        }
    }
}

impl Ask<'_> {
    /// Whether the fused head serves it, which stores no logits.
    pub(super) fn is_plain(&self) -> bool {
        let logits = !self.gather.is_empty() || self.kl.is_some() || self.unconditional.is_some();
        self.guidance.is_empty() && !logits
    }

    /// The rows whose record is wanted and those that a branch or the reading changes, ascending.
    pub(super) fn wanted(&self) -> Vec<u32> {
        let mut wanted: Vec<u32> = self.record_positions().collect();
        let branches = self.branches.iter();
        wanted.extend(branches.flat_map(|branch| branch.tokens.iter().map(|(at, _)| *at)));
        wanted.extend(self.reading.spoilt_from());
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    fn record_positions(&self) -> impl Iterator<Item = u32> {
        let branches = self.branches.iter().flat_map(|branch| &branch.rows);
        let rows = self.rows.iter().chain(branches).map(|row| row.row);
        rows.chain(self.shadows.iter().map(|shadow| shadow.position))
    }

    /// Records: of rows, shadows and branches.
    pub(super) fn count(&self) -> usize {
        let branches = self.branches.iter().map(|branch| branch.rows.len());
        self.rows.len() + self.shadows.len() + branches.sum::<usize>()
    }

    /// `kept` rows can be compared with.
    pub(super) fn check(&self, length: usize, spec: &ModelSpec, kept: usize) -> Result<()> {
        let vocabulary = spec.vocabulary as u32;
        self.guidance.check(vocabulary)?;
        self.check_lengths(length)?;
        self.check_branches()?;
        self.layers.check(self, length, spec)?;
        let outside = |id: &u32| *id >= vocabulary && *id != NO_TOKEN;
        if let Some(id) = self.gather.iter().flatten().find(|id| outside(id)) {
            return Err(Error::bad_input(format!(
                "token {id} is outside the model's vocabulary of {vocabulary}"
            )));
        }
        let mut earlier = self.kl.iter().flatten();
        if let Some(row) = earlier.find(|row| **row as usize >= kept && **row != NO_TOKEN) {
            return Err(Error::bad_input(format!(
                "row {row} of the step before was asked for, but {kept} rows were kept"
            )));
        }
        if self.unconditional.is_some() && self.forward != Rows::All {
            return Err(Error::bad_input(
                "guidance forwards a second sequence, so all rows must be forwarded; leave the cache out",
            ));
        }
        let plain = spec.shift == LogitShift::None && spec.attention == Attention::Full;
        if spec.masks_last && !self.reads_one_order() {
            return Err(Error::bad_input(
                "the model attends in an order that goes by what is masked, so that a forward is of one \
                 sequence and all layers: leave cfg_scale out, and choose a select and a revise method \
                 and a cache that need no others",
            ));
        }
        if !self.shadows.is_empty() && !plain {
            return Err(Error::bad_input(
                "shadow rows need a model whose rows see every position and predict their own",
            ));
        }
        Ok(())
    }

    /// Whether all rows are those of one sequence, read as the model reads it.
    fn reads_one_order(&self) -> bool {
        let others = !self.shadows.is_empty() || !self.branches.is_empty();
        let alike = self.layers == Layers::Alike && self.reading == Reading::Own;
        alike && !others && self.unconditional.is_none()
    }

    fn check_branches(&self) -> Result<()> {
        if self.branches.len() >= BRANCHES {
            return Err(Error::bad_input(format!(
                "{} branches were asked for; a forward has at most {}",
                self.branches.len(),
                BRANCHES - 1
            )));
        }
        if self.branches.iter().any(|branch| branch.tokens.is_empty()) {
            return Err(Error::bad_input(
                "a branch changes no token, so it is the sequence; leave it out",
            ));
        }
        let depends = self.unconditional.is_some() || self.guidance.repetition_penalty != 1.0;
        if depends && !self.branches.is_empty() {
            return Err(Error::bad_input(
                "guidance and the repetition penalty go by the tokens of one sequence, and branches have others; leave one of them out",
            ));
        }
        Ok(())
    }

    fn check_lengths(&self, length: usize) -> Result<()> {
        let rows = self.rows.len();
        let chosen = match &self.forward {
            Rows::Chosen { rows, sees } => [rows.as_slice(), sees.as_slice()],
            Rows::All | Rows::Changed => [&[][..], &[][..]],
        };
        let chosen = chosen.into_iter().flatten().copied();
        let mut used = self.wanted().into_iter().chain(chosen);
        if let Some(row) = used.find(|row| *row as usize >= length) {
            return Err(Error::bad_input(format!(
                "row {row} is outside the sequence of {length} tokens"
            )));
        }
        let per_row = |count: usize, name: &str| match count == rows {
            true => Ok(()),
            false => Err(Error::bad_input(format!(
                "{name} names {count} rows of {rows}"
            ))),
        };
        if !self.gather.is_empty() {
            per_row(self.gather.len(), "gather")?;
        }
        if let Some(kl) = &self.kl {
            per_row(kl.len(), "kl")?;
        }
        match &self.unconditional {
            Some(ids) if ids.len() != length => Err(Error::bad_input(format!(
                "the unconditional sequence has {} tokens, the other {length}",
                ids.len()
            ))),
            _ => Ok(()),
        }
    }
}

/// What one forward told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readout {
    /// Of the rows, then of the shadows, then of each branch.
    pub records: Vec<Record>,
    /// Rows that were forwarded, extra ones and those of guidance among them.
    pub forwarded: usize,
    /// Logits of the ids asked for, in stat space after guidance but before top-p and top-k;
    /// [`crate::kernels::LOWEST`] for an empty slot or a banned id. One entry a row, or empty.
    pub gathered: Vec<[f32; GATHERED]>,
    /// `KL(now || before)` in nats of each row, before top-p and top-k; `f32::MAX` for a row
    /// without a previous one. Empty unless asked for.
    pub kl: Vec<f32>,
}
