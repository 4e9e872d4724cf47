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

/// The matrix products dominate; they go through a GEMM library.
fn run(operation: &Operation, memory: &mut HostMemory) {
    reference::run_with(operation, memory, product::product);
}
