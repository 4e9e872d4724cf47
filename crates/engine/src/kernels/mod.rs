//! The Rust face of each shader: typed parameters, bindings in order, workgroup counts.
//!
//! Same stem everywhere: `shaders/norm.wgsl`, `kernels/norm.rs`, `reference/norm.rs`.

pub mod attention;
pub mod attention_weights;
pub mod embed;
pub mod fma_chains;
pub mod head_merge;
pub mod head_stats;
pub mod key_scores;
pub mod kv;
pub mod kv_move;
pub mod logit_gather;
pub mod logit_guidance;
pub mod logit_kl;
pub mod logit_stats;
pub mod matmul_expert;
pub mod matmul_tile;
pub mod most_attended;
pub mod norm;
pub mod rope;
pub mod route;
pub mod row_copy;
pub mod row_drift;
pub mod row_pick;
pub mod select;
pub mod tile;

use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Stands for minus infinity in shaders and their twins (`shaders/lib/lowest.wgsl`).
pub const LOWEST: f32 = -3.0e38;

/// A call of one kernel.
pub trait Kernel {
    /// The shader's stem.
    fn name(&self) -> &'static str;
    /// The variant to run on a device of this tier.
    fn roles(&self, tier: Tier) -> Vec<Role>;
    /// The uniform at binding 0.
    fn params(&self) -> &[u8];
    /// The storage buffers from binding 1 on.
    fn bindings(&self) -> Vec<BufferId>;
    /// Workgroups to dispatch on a device of this tier.
    fn workgroups(&self, tier: Tier) -> [u32; 3];
}

macro_rules! operations {
    ($($name:ident: $module:ident),* $(,)?) => {
        /// A call of any kernel; executors match on it.
        #[derive(Clone, Debug)]
        pub enum Operation {
            $(
                #[doc = concat!("`shaders/", stringify!($module), ".wgsl`")]
                $name($module::$name),
            )*
        }

        impl Operation {
            /// The call as a kernel.
            #[must_use]
            pub fn kernel(&self) -> &dyn Kernel {
                match self {
                    $(Self::$name(call) => call,)*
                }
            }
        }

        $(
            impl From<$module::$name> for Operation {
                fn from(call: $module::$name) -> Self {
                    Self::$name(call)
                }
            }
        )*
    };
}

operations! {
    Embed: embed,
    Norm: norm,
    Rope: rope,
    KvMove: kv_move,
    Attention: attention,
    MatmulTile: matmul_tile,
    Route: route,
    MatmulExpert: matmul_expert,
    HeadStats: head_stats,
    HeadMerge: head_merge,
    Select: select,
    LogitGuidance: logit_guidance,
    LogitStats: logit_stats,
    LogitGather: logit_gather,
    LogitKl: logit_kl,
    RowCopy: row_copy,
    RowDrift: row_drift,
    RowPick: row_pick,
    KeyScores: key_scores,
    AttentionWeights: attention_weights,
    MostAttended: most_attended,
    FmaChains: fma_chains,
}

/// The `reduce` role for a tier.
fn reduce_role(tier: Tier) -> Role {
    (
        "reduce",
        if tier.subgroups {
            "subgroup"
        } else {
            "workgroup"
        },
    )
}
