//! What is measured: models of random weights, each with some caches.

use super::BLOCK;
use crate::bench::checkpoint::{Attention, Design, NARROW, Widths};

/// A model, and what it is decoded by.
pub struct Model {
    /// In a heading, and in the names of its files.
    pub name: &'static str,
    /// What its layers are like.
    pub about: &'static str,
    widths: Widths,
    layers: usize,
    /// Caches that are measured.
    pub plans: &'static [Plan],
}

/// Who sees whom, and a cache.
#[derive(Clone, Copy)]
pub struct Plan {
    /// In a row, and at a line of the picture.
    pub name: &'static str,
    attention: Attention,
    /// As the command line calls it.
    pub cache: &'static str,
}

const DUAL: Plan = Plan {
    name: "dual",
    attention: Attention::Full,
    cache: "dual",
};

const EXACT: Plan = Plan {
    name: "block-causal, exact",
    attention: Attention::Blocks(BLOCK),
    cache: "exact",
};

const ALL: [Plan; 5] = [
    Plan {
        name: "full",
        attention: Attention::Full,
        cache: "none",
    },
    Plan {
        name: "prefix",
        attention: Attention::Full,
        cache: "prefix",
    },
    DUAL,
    Plan {
        name: "block-causal, full",
        attention: Attention::Blocks(BLOCK),
        cache: "none",
    },
    EXACT,
];

/// Of the real ones a few layers and a small vocabulary: what a step costs with the text's length is
/// decided by the widths of a layer.
pub static MODELS: [Model; 3] = [
    Model {
        name: "small",
        about: "512 wide, 8 heads of 64, inner size 1408; 4 layers",
        widths: NARROW,
        layers: 4,
        plans: &ALL,
    },
    Model {
        name: "Qwen3 0.6B",
        about: "1024 wide, 16 heads of 128 and 8 key heads, inner size 3072; 4 of 28 layers",
        widths: Widths {
            hidden: 1024,
            inner: 3072,
            heads: 16,
            key_heads: 8,
            head_dim: 128,
        },
        layers: 4,
        plans: &[DUAL, EXACT],
    },
    Model {
        name: "Qwen3 1.7B",
        about: "2048 wide, 16 heads of 128 and 8 key heads, inner size 6144; 2 of 28 layers",
        widths: Widths {
            hidden: 2048,
            inner: 6144,
            heads: 16,
            key_heads: 8,
            head_dim: 128,
        },
        layers: 2,
        plans: &[DUAL, EXACT],
    },
];

impl Model {
    /// The checkpoint for a plan.
    pub fn design(&self, plan: &Plan) -> Design {
        let kind = match plan.attention {
            Attention::Full => "full",
            Attention::Blocks(_) => "blocks",
        };
        Design {
            name: format!("{} {kind}", self.name).replace(' ', "-"),
            attention: plan.attention,
            widths: self.widths,
            layers: self.layers,
            vocabulary: 4096,
            tied: true,
        }
    }
}
