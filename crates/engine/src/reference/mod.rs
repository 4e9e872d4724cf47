//! One plain twin per kernel, same stem as its shader: the oracle that executors are held against.

mod attention;
mod attention_weights;
mod embed;
mod executor;
mod fma_chains;
mod head_merge;
mod head_stats;
mod key_scores;
pub(crate) mod kv;
mod kv_move;
mod logit_gather;
mod logit_guidance;
mod logit_kl;
mod logit_stats;
mod matmul_expert;
mod matmul_tile;
mod memory;
mod most_attended;
mod norm;
pub(crate) mod rope;
mod route;
mod row_copy;
mod row_drift;
mod row_pick;
mod select;
pub(crate) mod stats;

pub(crate) use attention::Reach;
pub use executor::ReferenceExecutor;
pub(crate) use matmul_expert::{expert_of, source_row};
pub(crate) use matmul_tile::finish_row;
pub use memory::HostMemory;
pub(crate) use norm::norm_row;

use crate::kernels::Operation;

/// Runs the twin of any kernel.
pub fn run(operation: &Operation, memory: &mut HostMemory) {
    match operation {
        Operation::Embed(call) => embed::run(call, memory),
        Operation::Norm(call) => norm::run(call, memory),
        Operation::Rope(call) => rope::run(call, memory),
        Operation::KvMove(call) => kv_move::run(call, memory),
        Operation::Attention(call) => attention::run(call, memory),
        Operation::MatmulTile(call) => matmul_tile::run(call, memory),
        Operation::Route(call) => route::run(call, memory),
        Operation::MatmulExpert(call) => matmul_expert::run(call, memory),
        Operation::HeadStats(call) => head_stats::run(call, memory),
        Operation::HeadMerge(call) => head_merge::run(call, memory),
        Operation::Select(call) => select::run(call, memory),
        Operation::LogitGuidance(call) => logit_guidance::run(call, memory),
        Operation::LogitStats(call) => logit_stats::run(call, memory),
        Operation::LogitGather(call) => logit_gather::run(call, memory),
        Operation::LogitKl(call) => logit_kl::run(call, memory),
        Operation::RowCopy(call) => row_copy::run(call, memory),
        Operation::RowDrift(call) => row_drift::run(call, memory),
        Operation::RowPick(call) => row_pick::run(call, memory),
        Operation::KeyScores(call) => key_scores::run(call, memory),
        Operation::AttentionWeights(call) => attention_weights::run(call, memory),
        Operation::MostAttended(call) => most_attended::run(call, memory),
        Operation::FmaChains(call) => fma_chains::run(call, memory),
    }
}
