//! Checkpoints of the repository, opened as tests want them.

#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};

use pollster::block_on;
use unmask_engine::session::{DeviceChoice, DtypeChoice, LoadOptions, LoadedModel, load};
use unmask_engine::weights::Directory;
use unmask_engine::{ErrorCode, Result};

/// Every executor.
pub const DEVICES: [DeviceChoice; 3] = [
    DeviceChoice::Reference,
    DeviceChoice::Cpu,
    DeviceChoice::Gpu,
];

/// A folder, told from the root of the repository.
pub fn folder(inside: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(inside)
}

/// On `device`, with weights in 32-bit floats.
pub fn floats_on(device: DeviceChoice) -> LoadOptions {
    LoadOptions {
        device,
        dtype: DtypeChoice::F32,
        ..LoadOptions::default()
    }
}

/// The model in a folder.
pub fn try_open(inside: impl AsRef<Path>, options: &LoadOptions) -> Result<LoadedModel> {
    let files = Directory::new(folder(inside));
    block_on(load(files, options, &mut |_| ()))
}

/// The same; `None` for a GPU that the machine lacks, a failure where `REQUIRE_GPU` is set (always
/// in CI).
pub fn open(inside: impl AsRef<Path>, options: &LoadOptions) -> Option<LoadedModel> {
    let inside = inside.as_ref();
    match try_open(inside, options) {
        Ok(model) => Some(model),
        Err(error) => {
            assert_eq!(error.code, ErrorCode::NoWebgpu, "{inside:?}: {error}");
            let is_required = std::env::var_os("REQUIRE_GPU").is_some();
            assert!(!is_required, "REQUIRE_GPU is set: {error}");
            None
        }
    }
}

/// The same on every executor that the machine has.
pub fn on_every_device(
    inside: impl AsRef<Path>,
    options: &LoadOptions,
) -> Vec<(DeviceChoice, LoadedModel)> {
    let inside = inside.as_ref();
    let open = |device| {
        let options = LoadOptions { device, ..*options };
        Some((device, open(inside, &options)?))
    };
    DEVICES.into_iter().filter_map(open).collect()
}
