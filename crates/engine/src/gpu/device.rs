//! Finds an adapter, opens a device and says what it can do.

use crate::error::{Error, ErrorCode, Result};
use crate::kernels::tile::Tiling;
use crate::recording::{DeviceKind, DeviceReport, Tier};

/// Restrictions that callers and bisecting developers set.
#[derive(Clone, Copy, Debug, Default)]
pub struct GpuOptions {
    /// Pretend that the device has no 16-bit floats.
    pub force_f32: bool,
    /// Pretend that the device has no subgroups.
    pub no_subgroups: bool,
    /// Pretend that bindings hold at most this many bytes.
    pub binding_limit: Option<u64>,
    /// Tiles to use, which the device must be capable of; measured where nothing is said.
    pub tiling: Option<Tiling>,
}

impl GpuOptions {
    /// These options, tightened by `ENGINE_FORCE_F32` and `ENGINE_NO_SUBGROUPS`.
    #[must_use]
    pub fn with_environment(mut self) -> Self {
        self.force_f32 |= std::env::var_os("ENGINE_FORCE_F32").is_some();
        self.no_subgroups |= std::env::var_os("ENGINE_NO_SUBGROUPS").is_some();
        self
    }
}

/// An open device.
pub struct Opened {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub report: DeviceReport,
    pub binding_limit: u64,
    /// The adapter computes on the CPU.
    pub software: bool,
    /// The choice of tiles is to be measured.
    pub untuned: bool,
}

#[cfg(target_arch = "wasm32")]
fn instance() -> Result<wgpu::Instance> {
    super::web::instance().ok_or_else(|| no_adapter("this browser or runtime has no navigator.gpu"))
}

#[cfg(not(target_arch = "wasm32"))]
#[expect(clippy::unnecessary_wraps, reason = "a browser may have no WebGPU")]
fn instance() -> Result<wgpu::Instance> {
    let descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    Ok(wgpu::Instance::new(descriptor))
}

fn no_adapter(reason: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorCode::NoWebgpu,
        format!(
            "no WebGPU adapter: {reason}; use a browser or driver with WebGPU, or choose the device \"cpu\""
        ),
    )
}

async fn request_adapter() -> Result<wgpu::Adapter> {
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..Default::default()
    };
    let adapter = instance()?.request_adapter(&options).await;
    adapter.map_err(no_adapter)
}

/// Opens a device on the best adapter.
///
/// # Errors
/// `no_webgpu` without an adapter; `gpu` when it gives no device.
pub async fn open(options: GpuOptions, reason: &str) -> Result<Opened> {
    let adapter = request_adapter().await?;
    let offered = adapter.limits();
    let wanted = wgpu::Features::SHADER_F16 | wgpu::Features::SUBGROUP;
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("unmask"),
        required_features: adapter.features() & wanted,
        required_limits: wgpu::Limits {
            max_buffer_size: offered.max_buffer_size,
            max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size,
            ..wgpu::Limits::default()
        },
        ..Default::default()
    };
    let (device, queue) = adapter.request_device(&descriptor).await.map_err(|e| {
        Error::new(
            ErrorCode::Gpu,
            format!(
                "the adapter gave no device: {e}; choose the device \"cpu\" or update the driver"
            ),
        )
    })?;
    let info = adapter.get_info();
    let subgroups = device_has_subgroups(&device) && !options.no_subgroups;
    // Lanes are those of subgroups; what was found on another device may not run on this one.
    let tiling = options
        .tiling
        .filter(|tiling| subgroups || *tiling != Tiling::Lanes);
    let tier = Tier {
        f16: device.features().contains(wgpu::Features::SHADER_F16) && !options.force_f32,
        subgroups,
        subgroup_width: info.subgroup_min_size,
        tiling: tiling.unwrap_or_default(),
    };
    let offered_binding = offered
        .max_storage_buffer_binding_size
        .min(offered.max_buffer_size);
    Ok(Opened {
        report: DeviceReport {
            kind: DeviceKind::Gpu,
            adapter: adapter_name(&device, &info),
            backend: info.backend.to_string(),
            tier,
            reason: reason.to_owned(),
        },
        binding_limit: options
            .binding_limit
            .unwrap_or(offered_binding)
            .min(offered_binding),
        software: info.device_type == wgpu::DeviceType::Cpu,
        untuned: subgroups && tiling.is_none(),
        device,
        queue,
    })
}

#[cfg(target_arch = "wasm32")]
fn device_has_subgroups(device: &wgpu::Device) -> bool {
    super::web::device_has_subgroups(device)
}

#[cfg(not(target_arch = "wasm32"))]
fn device_has_subgroups(device: &wgpu::Device) -> bool {
    device.features().contains(wgpu::Features::SUBGROUP)
}

#[cfg(target_arch = "wasm32")]
fn adapter_name(device: &wgpu::Device, _info: &wgpu::AdapterInfo) -> String {
    super::web::adapter_name(device)
}

#[cfg(not(target_arch = "wasm32"))]
fn adapter_name(_device: &wgpu::Device, info: &wgpu::AdapterInfo) -> String {
    info.name.clone()
}
