//! Twin of `shaders/logit_kl.wgsl`.

use super::HostMemory;
use super::logit_stats::stat_logit;
use crate::kernels::LOWEST;
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::kernels::logit_kl::LogitKl;
use crate::kernels::logit_stats::ReadoutRow;

/// Keeps the logarithm of a vanished probability finite, as in the shader.
const FLOOR: f32 = 1e-12;

/// Writes the divergence of every row from its row of the step before.
pub fn run(call: &LogitKl, memory: &mut HostMemory) {
    let vocabulary = call.params.vocabulary as usize;
    let mut buffer = memory.take(call.readout);
    let readout: &mut [ReadoutRow] = bytemuck::cast_slice_mut(&mut buffer);
    let record_rows: &[RecordRow] = bytemuck::cast_slice(memory.words(call.record_rows));
    let previous = memory.words(call.previous);
    let row_of = |buffer, row: usize| &memory.floats(buffer)[row * vocabulary..][..vocabulary];
    for (r, out) in readout.iter_mut().take(call.rows as usize).enumerate() {
        out.kl = match previous[r] {
            NO_TOKEN => f32::MAX,
            earlier => {
                let scale = record_rows[r].scale;
                let p = softmax(row_of(call.logits, r), scale);
                let q = softmax(row_of(call.earlier, earlier as usize), scale);
                divergence(&p, &q)
            }
        };
    }
    memory.put(call.readout, buffer);
}

fn divergence(p: &[f32], q: &[f32]) -> f32 {
    let pairs = p.iter().zip(q);
    let terms = pairs.map(|(p, q)| p * ((p + FLOOR).ln() - (q + FLOOR).ln()));
    terms.map(f64::from).sum::<f64>() as f32
}

/// Probabilities of raw logits in stat space.
fn softmax(raw: &[f32], scale: f32) -> Vec<f32> {
    let logits = raw.iter().map(|l| stat_logit(*l, scale));
    let top = logits.clone().fold(LOWEST, f32::max);
    let weights: Vec<f32> = logits.map(|l| (l - top).exp()).collect();
    // A hundred thousand terms one after another need the longer sum.
    let total: f64 = weights.iter().map(|w| f64::from(*w)).sum();
    weights.iter().map(|w| w / total as f32).collect()
}
