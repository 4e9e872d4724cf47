//! What a checkpoint will take, from its headers alone.

use serde::Serialize;

use super::{LoadOptions, documents};
use crate::error::Result;
use crate::loader::{self, Loaded};
use crate::recipe::Recipe;
use crate::recording::DeviceKind;
use crate::weights::{Checkpoint, Files};

/// What loading reads and keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Numbers in the model's tensors.
    pub parameters: u64,
    /// Bytes of weights to read from the checkpoint.
    pub download_bytes: u64,
    /// Bytes of weights on the device.
    pub resident_bytes: u64,
    /// Bytes on the device that the keys and values of a position take: in f32 where the format is
    /// left to the device, which may choose a smaller one.
    pub position_bytes: u64,
    /// Resident format of the weights.
    pub dtype: &'static str,
}

/// Tells what [`load`](super::load) would read and keep; no weight is read and no device opened.
///
/// # Errors
/// As [`load`](super::load), for the checkpoint.
pub async fn estimate<F: Files>(files: F, options: &LoadOptions) -> Result<Estimate> {
    let checkpoint = Checkpoint::open(files).await?;
    let read = documents::read(&checkpoint, &options.conventions).await?;
    let head_dim = read.architecture.spec().head_dim;
    let kv = options
        .kv
        .format(head_dim, options.dtype, DeviceKind::Cpu)?;
    let parameters = read.architecture.parameters();
    let recipe = Recipe::from(options.dtype.rule());
    let layers = loader::layers(&parameters);
    let mut would = Loaded::default();
    for parameter in &parameters {
        would.parameters += parameter.shape.numbers();
        if parameter.shape.weight().is_some() {
            let source = parameter.block_type(&checkpoint);
            let format = recipe.format(parameter.name, layers, source);
            if !would.formats.contains(&format) {
                would.formats.push(format);
            }
        }
    }
    Ok(Estimate {
        parameters: would.parameters,
        download_bytes: loader::source_sizes(&checkpoint, &parameters)?.iter().sum(),
        resident_bytes: loader::resident_bytes(&checkpoint, &parameters, &recipe)?,
        position_bytes: read.architecture.spec().position_bytes(kv),
        dtype: would.dtype(),
    })
}
