//! The CPU executor: matrix products, attention and statistics by the inner loops of `unmask-simd`; plain
//! loops for the rest.

mod attention;
mod head_stats;
mod matmul_expert;
mod matmul_tile;
mod product;
mod rows;
mod threads;

use matmul_tile::gate;
#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
pub use threads::POOL;
#[cfg(target_arch = "wasm32")]
pub use unmask_simd::relaxed;

use crate::kernels::Operation;
use crate::recording::DeviceKind;
use crate::reference::{self, HostMemory, ReferenceExecutor};

/// A CPU executor; `reason` is why it was chosen.
#[must_use]
pub fn executor(reason: &str) -> ReferenceExecutor {
    ReferenceExecutor::with(DeviceKind::Cpu, reason, run)
}

/// What takes the time has functions of its own.
fn run(operation: &Operation, memory: &mut HostMemory) {
    match operation {
        Operation::Attention(call) => attention::run(call, memory),
        Operation::HeadStats(call) => head_stats::run(call, memory),
        Operation::MatmulTile(call) => matmul_tile::run(call, memory),
        Operation::MatmulExpert(call) => matmul_expert::run(call, memory),
        Operation::Norm(call) => rows::norm(call, memory),
        Operation::Rope(call) => rows::turn(call, memory),
        _ => reference::run(operation, memory),
    }
}
