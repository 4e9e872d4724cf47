//! Loading a model with its progress on stderr.

use unmask_engine::recording::DeviceKind;
use unmask_engine::session::{self, Conventions, LoadOptions, LoadedModel, ModelInfo};

use unmask_engine::{Progress, Result, Stage};

use crate::arguments::ModelArguments;
use crate::{model_files, status_line, units};

/// The loaded model; where and how it computes is said on stderr.
///
/// # Errors
/// The engine's, and those of a folder that is not there.
pub async fn model(arguments: &ModelArguments) -> Result<LoadedModel> {
    let files = model_files::model(&arguments.model)?;
    let options = LoadOptions {
        device: arguments.device,
        dtype: arguments.dtype,
        kv: arguments.kv,
        conventions: Conventions {
            block_size: arguments.conventions.block_size,
            shift_logits: arguments.conventions.shift_logits,
            mask_token_id: arguments.conventions.mask_token_id,
        },
        ..LoadOptions::default()
    };
    let mut show = |progress: Progress| status_line::show(&line(&progress));
    let loaded = session::load(files, &options, &mut show).await;
    status_line::show("");
    let loaded = loaded?;
    eprintln!("{}", summary(loaded.info()));
    Ok(loaded)
}

fn line(progress: &Progress) -> String {
    let doing = match progress.stage {
        Stage::Probe => "looking for a device",
        Stage::Download => "reading weights",
        Stage::Upload => "uploading weights",
        Stage::Compile => "compiling kernels",
        Stage::Ready => "ready",
    };
    if progress.stage != Stage::Download || progress.total == 0 {
        return format!("{doing}...");
    }
    let percent = 100.0 * progress.loaded as f64 / progress.total as f64;
    format!(
        "{doing}: {percent:.0} % of {}",
        units::bytes(progress.total)
    )
}

/// `qwen3, 7.0 M parameters, f16 (14 MB), on gpu: llvmpipe, vulkan, f16, subgroups`.
fn summary(info: &ModelInfo) -> String {
    let device = &info.device;
    let parts = [
        (true, device.adapter.as_str()),
        (true, device.backend.as_str()),
        (device.tier.f16, "f16"),
        (device.tier.subgroups, "subgroups"),
    ];
    let parts = parts
        .iter()
        .filter(|(is_on, part)| *is_on && !part.is_empty());
    let parts: Vec<&str> = parts.map(|(_, part)| *part).collect();
    let details = match parts.is_empty() {
        true => String::new(),
        false => format!(": {}", parts.join(", ")),
    };
    let kind = kind(device.kind);
    format!(
        "{}, {} parameters, {} ({}), on {kind}{details} ({})",
        info.architecture,
        units::count(info.parameters),
        info.dtype,
        units::bytes(info.resident_bytes),
        device.reason,
    )
}

/// The kind of device, with the adapter's name where there is one.
pub fn device(info: &ModelInfo) -> String {
    let words = [kind(info.device.kind), &info.device.adapter];
    words.join(" ").trim_end().to_owned()
}

fn kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Gpu => "gpu",
        DeviceKind::Cpu => "cpu",
        DeviceKind::Reference => "reference",
    }
}
