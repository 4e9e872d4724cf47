//! Every kernel on every tier against its twin, and every twin against an f64 oracle.

mod attention;
mod embed;
mod fma_chains;
mod harness;
mod head_stats;
mod logit_gather;
mod logit_guidance;
mod logit_kl;
mod logit_stats;
mod matmul_expert;
mod matmul_tile;
mod norm;
mod roll_call;
mod rope;
mod route;
mod select;
