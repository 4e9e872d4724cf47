//! Twin of `shaders/logit_gather.wgsl`.

use super::HostMemory;
use super::logit_stats::stat_logit;
use crate::kernels::LOWEST;
use crate::kernels::head_stats::RecordRow;
use crate::kernels::logit_gather::LogitGather;
use crate::kernels::logit_stats::{GATHERED, ReadoutRow};

/// Writes the logits of the ids that each row asks for.
pub fn run(call: &LogitGather, memory: &mut HostMemory) {
    let (rows, vocabulary) = (call.params.rows as usize, call.params.vocabulary as usize);
    let mut buffer = memory.take(call.readout);
    let readout: &mut [ReadoutRow] = bytemuck::cast_slice_mut(&mut buffer);
    let record_rows: &[RecordRow] = bytemuck::cast_slice(memory.words(call.record_rows));
    let asked = memory.words(call.asked).chunks_exact(GATHERED);
    let logits = memory.floats(call.logits).chunks_exact(vocabulary);
    let inputs = asked.zip(logits).zip(record_rows);
    for (out, ((asked, logits), row)) in readout.iter_mut().take(rows).zip(inputs) {
        for (out, id) in out.gathered.iter_mut().zip(asked) {
            let raw = logits.get(*id as usize);
            *out = raw.map_or(LOWEST, |raw| stat_logit(*raw, row.scale));
        }
    }
    memory.put(call.readout, buffer);
}
