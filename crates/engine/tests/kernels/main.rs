//! Every kernel on every tier against its twin, and every twin against an f64 oracle.

mod attention;
mod attention_weights;
mod embed;
mod fma_chains;
mod harness;
mod head_stats;
mod kept;
mod key_scores;
mod kv_move;
mod logit_gather;
mod logit_guidance;
mod logit_kl;
mod logit_stats;
mod matmul_expert;
mod matmul_tile;
mod most_attended;
mod norm;
mod roll_call;
mod rope;
mod route;
mod row_copy;
mod row_drift;
mod row_pick;
mod select;
