//! Twin of `shaders/head_merge.wgsl`.

use super::HostMemory;
use super::stats::Stats;
use crate::Record;
use crate::kernels::head_merge::HeadMerge;

/// Merges the partials of every row into its record.
pub fn run(call: &HeadMerge, memory: &mut HostMemory) {
    let rows = call.params.rows as usize;
    let mut buffer = memory.take(call.records);
    let records: &mut [Record] = bytemuck::cast_slice_mut(&mut buffer);
    let partials: &[Stats] = bytemuck::cast_slice(memory.words(call.partials));
    for (r, record) in records.iter_mut().take(rows).enumerate() {
        *record = (0..call.params.partials as usize)
            .map(|i| partials[i * rows + r])
            .fold(Stats::NONE, Stats::merge)
            .record();
    }
    memory.put(call.records, buffer);
}
