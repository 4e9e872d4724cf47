//! Replays recordings with the plain twins.

use std::collections::HashMap;

use super::HostMemory;
use crate::error::Result;
use crate::kernels::Operation;
use crate::recording::{BufferId, DeviceKind, DeviceReport, Executor, PreparedId, Recording, Tier};

/// How one operation runs on host memory.
pub type RunOperation = fn(&Operation, &mut HostMemory);

/// An executor over host memory. With the plain twins it is the oracle; with faster functions for
/// some kernels it is the CPU executor.
#[derive(Debug)]
pub struct ReferenceExecutor {
    memory: HostMemory,
    recordings: HashMap<PreparedId, Recording>,
    next: u32,
    report: DeviceReport,
    run: RunOperation,
}

impl ReferenceExecutor {
    /// The oracle.
    #[must_use]
    pub fn new() -> Self {
        Self::with(
            DeviceKind::Reference,
            "plain loops on the CPU, as asked",
            super::run,
        )
    }

    /// An executor of `kind` that runs operations by `run`.
    #[must_use]
    pub fn with(kind: DeviceKind, reason: &str, run: RunOperation) -> Self {
        Self {
            memory: HostMemory::default(),
            recordings: HashMap::new(),
            next: 0,
            report: DeviceReport {
                kind,
                adapter: String::new(),
                backend: String::new(),
                tier: Tier::default(),
                reason: reason.to_owned(),
            },
            run,
        }
    }
}

impl Default for ReferenceExecutor {
    fn default() -> Self {
        Self::new()
    }
}

impl Executor for ReferenceExecutor {
    fn report(&self) -> &DeviceReport {
        &self.report
    }

    fn binding_limit(&self) -> u64 {
        // The same sharding as on a default GPU, so that the oracle covers it.
        128 << 20
    }

    fn allocated(&self) -> u64 {
        self.memory.bytes()
    }

    async fn allocate(&mut self, id: BufferId, name: &str, bytes: u64) -> Result<()> {
        self.memory.allocate(id, name, bytes)
    }

    fn write(&mut self, id: BufferId, offset: u64, bytes: &[u8]) -> Result<()> {
        self.memory.write(id, offset, bytes);
        Ok(())
    }

    fn copy(&mut self, from: BufferId, to: BufferId, bytes: u64) -> Result<()> {
        self.memory.copy(from, to, bytes);
        Ok(())
    }

    async fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    async fn prepare(&mut self, recording: Recording) -> Result<PreparedId> {
        for plan in &recording.buffers {
            self.memory.allocate(plan.id, plan.name, plan.bytes)?;
        }
        self.next += 1;
        self.recordings.insert(PreparedId(self.next), recording);
        Ok(PreparedId(self.next))
    }

    fn release(&mut self, prepared: PreparedId) {
        if let Some(recording) = self.recordings.remove(&prepared) {
            for plan in recording.buffers {
                self.memory.free(plan.id);
            }
        }
    }

    async fn run(&mut self, prepared: PreparedId, output: BufferId, bytes: u64) -> Result<Vec<u8>> {
        let recording = self
            .recordings
            .get(&prepared)
            .expect("prepared recordings stay until released");
        for operation in &recording.operations {
            (self.run)(operation, &mut self.memory);
        }
        let words = &self.memory.words(output)[..(bytes / 4) as usize];
        Ok(bytemuck::cast_slice(words).to_vec())
    }
}
