//! A checkpoint's facts.

use serde::Serialize;

use super::positions::Positions;
use crate::kernels::kv::KvFormat;

/// Which position a row's logits predict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogitShift {
    /// Row i predicts token i (LLaDA, SDAR, Tiny-A2D).
    None,
    /// Row i predicts token i + 1, and row 0 stands in for token 0 (Dream, DiffuCoder).
    Next,
}

impl LogitShift {
    /// The row that predicts the token at `position`.
    #[must_use]
    pub fn row_of(self, position: u32) -> u32 {
        match self {
            Self::None => position,
            Self::Next => position.saturating_sub(1),
        }
    }
}

/// Which rows a row sees: those whose class is not greater than its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attention {
    /// All (LLaDA, Dream, Tiny-A2D mdlm).
    Full,
    /// Its own block and the blocks before it; blocks of so many positions from position 0 on
    /// (SDAR, Fast-dLLM v2).
    BlockCausal(u32),
    /// Itself and what is before it: an autoregressive model.
    Causal,
}

impl Attention {
    /// The class of the row at `position`.
    #[must_use]
    pub fn class_of(self, position: u32) -> u32 {
        match self {
            Self::Full => 0,
            Self::BlockCausal(block) => position / block,
            Self::Causal => position,
        }
    }

    /// The first position of the block of `position`; with full attention all is one block.
    #[must_use]
    pub fn block_start(self, position: u32) -> u32 {
        match self.grid() {
            None => 0,
            Some(grid) => position / grid * grid,
        }
    }

    /// The first position behind the block of `position`.
    #[must_use]
    pub fn block_end(self, position: u32) -> u32 {
        match self.grid() {
            None => u32::MAX,
            Some(grid) => (position / grid + 1).saturating_mul(grid),
        }
    }

    /// The grid of blocks that the model was trained on: decoding keeps to it.
    #[must_use]
    pub fn grid(self) -> Option<u32> {
        match self {
            Self::Full => None,
            Self::BlockCausal(block) => Some(block),
            Self::Causal => Some(1),
        }
    }
}

/// Layers that see only what is near (ModernBERT): every other layer sees all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Local {
    /// Farthest position that is seen, on either side.
    pub reach: u32,
    /// Layers whose index is a multiple of this see all.
    pub every: usize,
    /// Base of the rotary angles in the local layers.
    pub theta: f64,
}

impl Local {
    /// Whether the layer sees only what is near.
    #[must_use]
    pub fn holds_for(&self, layer: usize) -> bool {
        !layer.is_multiple_of(self.every)
    }
}

/// Layers whose feed-forward network is a mixture of experts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Experts {
    /// Experts of a layer.
    pub count: usize,
    /// Experts of a row.
    pub chosen: usize,
    /// Inner size of an expert.
    pub ffn: usize,
    /// Inner size of the expert that serves all rows; 0 where there is none.
    pub shared_ffn: usize,
    /// So many layers at the beginning have a plain network.
    pub dense_layers: usize,
    /// Runs of neighbouring experts.
    pub groups: usize,
    /// How many of them, the best, a row may choose from.
    pub open_groups: usize,
    /// Scores are sigmoids, and a bias has a say in the choice; else they are a softmax.
    pub biased: bool,
    /// The factors of a row's experts are made to add up to 1.
    pub normal: bool,
    /// Factor of all experts that were chosen.
    pub scale: f32,
}

/// Where a family measures confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StatSpace {
    /// On raw logits (LLaDA).
    Raw,
    /// On logits divided by the temperature (Dream).
    Tempered,
}

/// Everything about a model that is not a choice of the caller. Read from the checkpoint.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelSpec {
    /// The family's name in `docs/models.md`: `"Fast-dLLM v2"`, `"Dream"`, ...
    pub family: &'static str,
    /// `model_type` in `config.json`: `"qwen3"`, `"Dream"`, ...
    pub architecture: String,
    /// Numbers of a hidden state.
    pub hidden: usize,
    /// Transformer layers.
    pub layers: usize,
    /// Query heads.
    pub query_heads: usize,
    /// Key and value heads.
    pub key_heads: usize,
    /// Numbers of a head.
    pub head_dim: usize,
    /// Inner size of the feed-forward network, where a layer has no experts.
    pub ffn: usize,
    /// The experts of the other layers.
    pub experts: Option<Experts>,
    /// Ids that the network may be given: rows of the embedding.
    pub embedded: usize,
    /// Ids that it can propose: rows of the head.
    pub vocabulary: usize,
    /// Longest sequence.
    pub context: usize,
    /// Added to mean squares in norms.
    pub eps: f32,
    /// How it knows where a token is.
    pub positions: Positions,
    /// Layers that see only what is near.
    pub local: Option<Local>,
    /// RMSNorm on queries and keys.
    pub qk_norm: bool,
    /// Biases on the query, key and value projections.
    pub qkv_bias: bool,
    /// The head is the embedding.
    pub tied_head: bool,
    /// Which rows a row sees.
    pub attention: Attention,
    /// Rows attend causally in an order in which masks come last, whatever `attention` allows: a known
    /// token sees the known ones before it, a mask all known ones and the masks before it (WeDLM).
    pub masks_last: bool,
    /// Which position a row predicts.
    pub shift: LogitShift,
    /// Trained as a causal model as well, whose row i predicts token i + 1.
    pub tri_mode: bool,
    /// Where the family measures confidence.
    pub stat_space: StatSpace,
    /// The network is told what part of the sequence is masked, in so many steps (SEDD).
    pub noise_steps: Option<u32>,
    /// The mask token, where `config.json` names it or the family fixes it.
    pub mask_id: Option<u32>,
    /// Tokens that end the text.
    pub stop_ids: Vec<u32>,
    /// Padding after the end.
    pub pad_id: Option<u32>,
}

impl ModelSpec {
    /// Whether a step may forward what the step before it did, with other tokens: neither its rows nor
    /// their order nor what the network is told besides depend on what was written.
    #[must_use]
    pub fn repeats(&self) -> bool {
        let is_causal = self.attention == Attention::Causal;
        !is_causal && !self.masks_last && self.noise_steps.is_none()
    }

    /// Numbers of all query heads together.
    #[must_use]
    pub fn attended(&self) -> usize {
        self.query_heads * self.head_dim
    }

    /// The id of the first row of a soft prefix; the ids of its rows follow each other. Those in
    /// front of it are the network's own, and one that stands for an open position where it has none.
    #[must_use]
    pub fn first_soft_id(&self) -> u32 {
        self.vocabulary.max(self.embedded) as u32 + 1
    }

    /// 32-bit words of one position's keys and values in a layer.
    #[must_use]
    pub fn kept_words(&self, kv: KvFormat) -> usize {
        2 * self.key_heads * kv.words(self.head_dim)
    }

    /// Bytes of one position's keys and values in all layers.
    #[must_use]
    pub fn position_bytes(&self, kv: KvFormat) -> u64 {
        (4 * self.kept_words(kv) * self.layers) as u64
    }

    /// Rows of the projection to queries, keys and values.
    #[must_use]
    pub fn projected(&self) -> usize {
        self.attended() + 2 * self.key_heads * self.head_dim
    }
}
