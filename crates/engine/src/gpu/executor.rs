//! Replays recordings on a WebGPU device.

use std::collections::HashMap;

use futures_channel::oneshot;

use super::device::{self, GpuOptions, Opened};
use super::failure::{Failure, scoped};
use super::pipelines::Pipelines;
use super::tuner::{self, TileChoice};
use crate::clock::Clock;
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::tile::Tiling;
use crate::recording::{BufferId, DeviceReport, Executor, PreparedId, Recording};

/// Distance of two dispatches' uniforms: the default `minUniformBufferOffsetAlignment`.
const UNIFORM_STRIDE: u64 = 256;

/// What dispatches of one kind take together, where each is timed: much more than a submission.
const ALONE_SECONDS: f64 = 0.008;

/// Counts of what has been created and submitted; tests hold the steady state to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Buffers created.
    pub buffers: u64,
    /// Bind groups created.
    pub bind_groups: u64,
    /// Submissions.
    pub submissions: u64,
    /// Kernel dispatches.
    pub dispatches: u64,
    /// Bytes that came back.
    pub bytes_read: u64,
}

struct Step {
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
    workgroups: [u32; 3],
}

struct Prepared {
    steps: Vec<Step>,
    buffers: Vec<BufferId>,
    uniforms: wgpu::Buffer,
    readback: Option<wgpu::Buffer>,
}

/// Owns a device, the buffers on it and the recordings compiled for it.
pub struct WgpuExecutor {
    device: wgpu::Device,
    queue: wgpu::Queue,
    report: DeviceReport,
    binding_limit: u64,
    software: bool,
    /// The choice of tiles is to be measured before the first recording is prepared.
    untuned: bool,
    /// What was measured of tiles.
    measured: Option<TileChoice>,
    failure: Failure,
    pipelines: Pipelines,
    buffers: HashMap<BufferId, wgpu::Buffer>,
    prepared: HashMap<PreparedId, Prepared>,
    next: u32,
    counters: Counters,
}

impl WgpuExecutor {
    /// Opens a device on the best adapter; `reason` is why a GPU was chosen.
    ///
    /// # Errors
    /// `no_webgpu` without an adapter; `gpu` when it gives no device.
    pub async fn open(options: GpuOptions, reason: &str) -> Result<Self> {
        let Opened {
            device,
            queue,
            report,
            binding_limit,
            software,
            untuned,
        } = device::open(options, reason).await?;
        Ok(Self {
            failure: Failure::watch(&device),
            device,
            queue,
            report,
            binding_limit,
            software,
            untuned,
            measured: None,
            pipelines: Pipelines::default(),
            buffers: HashMap::new(),
            prepared: HashMap::new(),
            next: 0,
            counters: Counters::default(),
        })
    }

    /// Whether the adapter is a software one, which the CPU executor outruns.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.software
    }

    /// Overrules which tiles recordings that are prepared from now on use.
    pub fn set_tiling(&mut self, tiling: Tiling) {
        self.untuned = false;
        self.report.tier.tiling = tiling;
    }

    /// Measures which tiles are faster, and has recordings that are prepared from now on use them;
    /// `None` where the device is capable of one kind only.
    ///
    /// # Errors
    /// What the device reports.
    pub async fn tune(&mut self) -> Result<Option<TileChoice>> {
        self.measured = match self.report.tier.subgroups {
            true => Some(tuner::measure(self).await?),
            false => None,
        };
        Ok(self.measured)
    }

    /// What was measured of tiles; `None` where nothing was.
    #[must_use]
    pub fn tiles(&self) -> Option<TileChoice> {
        self.measured
    }

    /// What has been created and submitted so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    async fn create_buffer(
        &mut self,
        name: &str,
        bytes: u64,
        usage: wgpu::BufferUsages,
    ) -> Result<wgpu::Buffer> {
        self.counters.buffers += 1;
        let device = &self.device;
        let descriptor = wgpu::BufferDescriptor {
            label: Some(name),
            // WebGPU forbids zero-sized bindings, so an empty buffer has one word.
            size: bytes.max(4),
            usage,
            mapped_at_creation: false,
        };
        let invalid = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let made = scoped(device, wgpu::ErrorFilter::OutOfMemory, || {
            device.create_buffer(&descriptor)
        })
        .await;
        let refused = invalid.pop().await;
        if made.is_ok() && refused.is_none() {
            return made;
        }
        Err(Error::new(
            ErrorCode::OutOfMemory,
            format!(
                "the GPU has no room for buffer \"{name}\" of {bytes} bytes; \
                 choose a smaller dtype, a shorter canvas or a smaller model"
            ),
        ))
    }

    fn bind(
        &mut self,
        pipeline: &wgpu::ComputePipeline,
        uniforms: &wgpu::Buffer,
        at: u64,
        params: u64,
        ids: &[BufferId],
    ) -> wgpu::BindGroup {
        self.counters.bind_groups += 1;
        let uniform = wgpu::BufferBinding {
            buffer: uniforms,
            offset: at,
            size: std::num::NonZeroU64::new(params),
        };
        let mut entries = vec![wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::Buffer(uniform),
        }];
        entries.extend(
            ids.iter()
                .zip(1..)
                .map(|(id, binding)| wgpu::BindGroupEntry {
                    binding,
                    resource: self.buffers[id].as_entire_binding(),
                }),
        );
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        })
    }

    async fn compile(
        &mut self,
        recording: &Recording,
        uniforms: &wgpu::Buffer,
    ) -> Result<Vec<Step>> {
        let mut steps = Vec::with_capacity(recording.operations.len());
        let mut packed = vec![0; recording.operations.len() * UNIFORM_STRIDE as usize];
        for (i, operation) in recording.operations.iter().enumerate() {
            let kernel = operation.kernel();
            let pipeline = self
                .pipelines
                .get(&self.device, kernel, self.report.tier)
                .await?;
            let at = i as u64 * UNIFORM_STRIDE;
            let params = kernel.params();
            packed[at as usize..][..params.len()].copy_from_slice(params);
            let bind_group = self.bind(
                &pipeline,
                uniforms,
                at,
                params.len() as u64,
                &kernel.bindings(),
            );
            steps.push(Step {
                pipeline,
                bind_group,
                workgroups: kernel.workgroups(self.report.tier),
            });
        }
        self.queue.write_buffer(uniforms, 0, &packed);
        Ok(steps)
    }

    /// Encodes every step and the copy of the output; returns the commands and the readback buffer.
    fn encode(
        &mut self,
        id: PreparedId,
        output: BufferId,
        bytes: u64,
    ) -> (wgpu::CommandBuffer, wgpu::Buffer) {
        let prepared = &self.prepared[&id];
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for step in &prepared.steps {
                let [x, y, z] = step.workgroups;
                pass.set_pipeline(&step.pipeline);
                pass.set_bind_group(0, &step.bind_group, &[]);
                pass.dispatch_workgroups(x, y, z);
            }
        }
        self.counters.dispatches += prepared.steps.len() as u64;
        let readback = prepared.readback.clone().expect("run creates it first");
        encoder.copy_buffer_to_buffer(&self.buffers[&output], 0, &readback, 0, bytes);
        (encoder.finish(), readback)
    }

    async fn ensure_readback(&mut self, id: PreparedId, bytes: u64) -> Result<()> {
        let current = self.prepared[&id].readback.as_ref();
        if current.is_some_and(|buffer| buffer.size() >= bytes) {
            return Ok(());
        }
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let buffer = self.create_buffer("readback", bytes, usage).await?;
        if let Some(prepared) = self.prepared.get_mut(&id) {
            prepared.readback = Some(buffer);
        }
        Ok(())
    }

    async fn map(&self, buffer: &wgpu::Buffer, bytes: u64) -> Result<Vec<u8>> {
        let (sender, receiver) = oneshot::channel();
        buffer.map_async(wgpu::MapMode::Read, ..bytes, move |result| {
            // A dropped receiver means that the caller gave up waiting.
            let _ = sender.send(result);
        });
        self.wait();
        let mapped = receiver.await;
        self.failure.check()?;
        if !matches!(mapped, Ok(Ok(()))) {
            return Err(Error::new(
                ErrorCode::DeviceLost,
                "the GPU did not return a result; load the model again",
            ));
        }
        let view = buffer.get_mapped_range(..bytes).map_err(|e| {
            Error::new(
                ErrorCode::Gpu,
                format!("the GPU's result cannot be read: {e}"),
            )
        })?;
        let result = view.to_vec();
        drop(view);
        buffer.unmap();
        Ok(result)
    }

    /// Blocks until the device is idle where a thread may block; the web's event loop waits itself.
    fn wait(&self) {
        // A failing poll is a lost device, which the failure slot reports.
        let _ = self.device.poll(wgpu::PollType::wait_indefinitely());
    }

    /// Dispatches of a recording.
    #[must_use]
    pub fn dispatches(&self, id: PreparedId) -> usize {
        self.prepared[&id].steps.len()
    }

    /// Seconds of each of a recording's first `count` dispatches by itself, many in one submission.
    ///
    /// # Errors
    /// As [`Executor::run`].
    pub async fn dispatch_seconds(&mut self, id: PreparedId, count: usize) -> Result<Vec<f64>> {
        let mut seconds = Vec::with_capacity(count);
        for step in 0..count {
            let once = self.repeated_seconds(id, step, 1).await?;
            let times = (ALONE_SECONDS / once.max(1e-6)).ceil().clamp(1.0, 256.0);
            let all = self.repeated_seconds(id, step, times as u32).await?;
            seconds.push(all / times);
        }
        Ok(seconds)
    }

    /// Seconds of so many dispatches of one step of a recording.
    async fn repeated_seconds(&mut self, id: PreparedId, step: usize, times: u32) -> Result<f64> {
        let clock = Clock::start();
        let step = &self.prepared[&id].steps[step];
        let [x, y, z] = step.workgroups;
        let descriptor = wgpu::CommandEncoderDescriptor::default();
        let mut encoder = self.device.create_command_encoder(&descriptor);
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&step.pipeline);
            pass.set_bind_group(0, &step.bind_group, &[]);
            for _ in 0..times {
                pass.dispatch_workgroups(x, y, z);
            }
        }
        self.queue.submit([encoder.finish()]);
        self.flush().await?;
        Ok(clock.seconds())
    }

    /// As [`Executor::prepare`], with the tiles that are chosen.
    pub(super) async fn prepare_as_is(&mut self, recording: Recording) -> Result<PreparedId> {
        let mut buffers = Vec::new();
        for plan in &recording.buffers {
            self.allocate(plan.id, plan.name, plan.bytes).await?;
            buffers.push(plan.id);
        }
        let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        let bytes = recording.operations.len() as u64 * UNIFORM_STRIDE;
        let uniforms = self.create_buffer("uniforms", bytes, usage).await?;
        let steps = self.compile(&recording, &uniforms).await?;
        self.next += 1;
        let id = PreparedId(self.next);
        self.prepared.insert(
            id,
            Prepared {
                steps,
                buffers,
                uniforms,
                readback: None,
            },
        );
        Ok(id)
    }

    fn destroy(&mut self, id: BufferId) {
        if let Some(buffer) = self.buffers.remove(&id) {
            // Dropping would leave the memory to the browser's garbage collector.
            buffer.destroy();
        }
    }
}

impl Executor for WgpuExecutor {
    fn report(&self) -> &DeviceReport {
        &self.report
    }

    fn binding_limit(&self) -> u64 {
        self.binding_limit
    }

    fn allocated(&self) -> u64 {
        self.buffers.values().map(wgpu::Buffer::size).sum()
    }

    async fn allocate(&mut self, id: BufferId, name: &str, bytes: u64) -> Result<()> {
        let usage = wgpu::BufferUsages::STORAGE
            | wgpu::BufferUsages::COPY_DST
            | wgpu::BufferUsages::COPY_SRC;
        let buffer = self.create_buffer(name, bytes, usage).await?;
        self.buffers.insert(id, buffer);
        Ok(())
    }

    fn write(&mut self, id: BufferId, offset: u64, bytes: &[u8]) -> Result<()> {
        self.queue.write_buffer(&self.buffers[&id], offset, bytes);
        self.failure.check()
    }

    fn copy(&mut self, from: BufferId, to: BufferId, bytes: u64) -> Result<()> {
        let (from, to) = (&self.buffers[&from], &self.buffers[&to]);
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(from, 0, to, 0, bytes);
        self.queue.submit([encoder.finish()]);
        self.counters.submissions += 1;
        self.failure.check()
    }

    async fn flush(&mut self) -> Result<()> {
        let (sender, receiver) = oneshot::channel();
        self.queue.submit([]);
        self.queue.on_submitted_work_done(move || {
            // A dropped receiver means that the caller gave up waiting.
            let _ = sender.send(());
        });
        self.wait();
        let done = receiver.await;
        self.failure.check()?;
        done.map_err(|_| {
            Error::new(
                ErrorCode::DeviceLost,
                "the GPU stopped while loading; load the model again",
            )
        })
    }

    async fn prepare(&mut self, recording: Recording) -> Result<PreparedId> {
        if self.untuned {
            self.tune().await?;
        }
        self.prepare_as_is(recording).await
    }

    fn release(&mut self, prepared: PreparedId) {
        if let Some(Prepared {
            steps: _,
            buffers,
            uniforms,
            readback,
        }) = self.prepared.remove(&prepared)
        {
            for id in buffers {
                self.destroy(id);
            }
            uniforms.destroy();
            if let Some(buffer) = readback {
                buffer.destroy();
            }
        }
    }

    async fn run(&mut self, prepared: PreparedId, output: BufferId, bytes: u64) -> Result<Vec<u8>> {
        self.ensure_readback(prepared, bytes).await?;
        let (commands, readback) = self.encode(prepared, output, bytes);
        self.queue.submit([commands]);
        self.counters.submissions += 1;
        self.counters.bytes_read += bytes;
        self.map(&readback, bytes).await
    }
}

impl Drop for WgpuExecutor {
    fn drop(&mut self) {
        let ids: Vec<BufferId> = self.buffers.keys().copied().collect();
        for id in ids {
            self.destroy(id);
        }
        self.device.destroy();
    }
}
