//! Which executor runs: the caller's choice, carried out without silent fallback.

use serde::{Deserialize, Serialize};

use crate::cpu;
use crate::error::{Error, ErrorCode, Result};
use crate::gpu::{GpuOptions, TileChoice, WgpuExecutor};
use crate::recording::{BufferId, DeviceReport, Executor, PreparedId, Recording};
use crate::reference::ReferenceExecutor;

/// The device a caller asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// A GPU where there is a hardware adapter, else the CPU, which outruns a software adapter;
    /// the report says which and why.
    #[default]
    Auto,
    /// A GPU, or an error.
    Gpu,
    /// SIMD code on the CPU.
    Cpu,
    /// Plain loops: slow, and the oracle.
    Reference,
}

impl std::str::FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            "reference" => Ok(Self::Reference),
            _ => Err(Error::bad_input(format!(
                "unknown device \"{word}\"; choose auto, gpu, cpu or reference"
            ))),
        }
    }
}

/// Any executor, chosen at run time.
pub enum AnyExecutor {
    /// WebGPU.
    Gpu(Box<WgpuExecutor>),
    /// Host memory: SIMD code or plain loops.
    Host(Box<ReferenceExecutor>),
}

impl AnyExecutor {
    /// Opens what `choice` asks for.
    ///
    /// # Errors
    /// `no_webgpu` or `gpu` when a GPU was asked for and cannot be had.
    pub async fn open(choice: DeviceChoice, options: GpuOptions) -> Result<Self> {
        match choice {
            DeviceChoice::Gpu => {
                let executor = WgpuExecutor::open(options, "a GPU, as asked").await?;
                Ok(Self::Gpu(Box::new(executor)))
            }
            DeviceChoice::Auto => Self::open_best(options).await,
            DeviceChoice::Cpu => Ok(Self::Host(Box::new(cpu::executor("the CPU, as asked")))),
            DeviceChoice::Reference => Ok(Self::Host(Box::default())),
        }
    }

    async fn open_best(options: GpuOptions) -> Result<Self> {
        match WgpuExecutor::open(options, "a hardware WebGPU adapter is there").await {
            Ok(executor) if executor.is_software() => {
                let adapter = &executor.report().adapter;
                let reason = format!(
                    "the CPU, because the only WebGPU adapter is a software one (\"{adapter}\")"
                );
                Ok(Self::Host(Box::new(cpu::executor(&reason))))
            }
            Ok(executor) => Ok(Self::Gpu(Box::new(executor))),
            Err(error) if error.code == ErrorCode::NoWebgpu => {
                let reason = format!("the CPU, because there is {error}");
                Ok(Self::Host(Box::new(cpu::executor(&reason))))
            }
            Err(error) => Err(error),
        }
    }

    /// Measures which kernels are faster, and has recordings that are prepared from now on use them;
    /// `None` where there is no choice.
    ///
    /// # Errors
    /// What the device reports.
    pub async fn tune(&mut self) -> Result<Option<TileChoice>> {
        match self {
            Self::Gpu(executor) => executor.tune().await,
            Self::Host(_) => Ok(None),
        }
    }

    /// As [`AnyExecutor::gpu`], to change it.
    pub fn gpu_mut(&mut self) -> Option<&mut WgpuExecutor> {
        match self {
            Self::Gpu(executor) => Some(executor),
            Self::Host(_) => None,
        }
    }

    /// The GPU executor, where it is one.
    #[must_use]
    pub fn gpu(&self) -> Option<&WgpuExecutor> {
        match self {
            Self::Gpu(executor) => Some(executor),
            Self::Host(_) => None,
        }
    }
}

macro_rules! delegate {
    ($self:ident, $executor:ident => $call:expr) => {
        match $self {
            AnyExecutor::Gpu($executor) => $call,
            AnyExecutor::Host($executor) => $call,
        }
    };
}

impl Executor for AnyExecutor {
    fn report(&self) -> &DeviceReport {
        delegate!(self, e => e.report())
    }

    fn binding_limit(&self) -> u64 {
        delegate!(self, e => e.binding_limit())
    }

    fn allocated(&self) -> u64 {
        delegate!(self, executor => executor.allocated())
    }

    async fn allocate(&mut self, id: BufferId, name: &str, bytes: u64) -> Result<()> {
        delegate!(self, e => e.allocate(id, name, bytes).await)
    }

    fn write(&mut self, id: BufferId, offset: u64, bytes: &[u8]) -> Result<()> {
        delegate!(self, e => e.write(id, offset, bytes))
    }

    fn copy(&mut self, from: BufferId, to: BufferId, bytes: u64) -> Result<()> {
        delegate!(self, e => e.copy(from, to, bytes))
    }

    async fn flush(&mut self) -> Result<()> {
        delegate!(self, e => e.flush().await)
    }

    async fn prepare(&mut self, recording: Recording) -> Result<PreparedId> {
        delegate!(self, e => e.prepare(recording).await)
    }

    fn release(&mut self, prepared: PreparedId) {
        delegate!(self, e => e.release(prepared));
    }

    async fn run(&mut self, prepared: PreparedId, output: BufferId, bytes: u64) -> Result<Vec<u8>> {
        delegate!(self, e => e.run(prepared, output, bytes).await)
    }
}
