//! The CPU executor: SIMD matrix products, plain loops for the rest.

mod product;

use crate::kernels::Operation;
use crate::recording::DeviceKind;
use crate::reference::{self, HostMemory, ReferenceExecutor};

/// A CPU executor; `reason` is why it was chosen.
#[must_use]
pub fn executor(reason: &str) -> ReferenceExecutor {
    ReferenceExecutor::with(DeviceKind::Cpu, reason, run)
}

/// The two kernels that dominate go through a GEMM library.
fn run(operation: &Operation, memory: &mut HostMemory) {
    match operation {
        Operation::MatmulTile(call) => product::matmul_tile(call, memory),
        Operation::HeadStats(call) => product::head_stats(call, memory),
        other => reference::run(other, memory),
    }
}
