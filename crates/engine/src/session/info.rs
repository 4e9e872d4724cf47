//! What was loaded, and onto what: everything a user interface shows.

use serde::Serialize;

use crate::decode::Vocabulary;
use crate::kernels::kv::KvFormat;
use crate::loader::Loaded;
use crate::model::{LogitShift, ModelSpec};
use crate::recording::DeviceReport;
use crate::text::TextCodec;

/// Facts of a loaded model.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    /// The family's name.
    pub architecture: String,
    /// Numbers in its tensors.
    pub parameters: u64,
    /// Transformer layers.
    pub layers: usize,
    /// Numbers of a hidden state.
    pub hidden_size: usize,
    /// Ids of the vocabulary.
    pub vocab_size: usize,
    /// Longest sequence, prompt included.
    pub context_length: usize,
    /// The mask token.
    pub mask_id: u32,
    /// Tokens that end the text.
    pub stop_ids: Vec<u32>,
    /// Whether row i predicts token i + 1.
    pub shift: bool,
    /// Whether chat requests work.
    pub has_chat_template: bool,
    /// Resident format of the weights; `"mixed"` where they have several.
    pub dtype: &'static str,
    /// Bytes of weights on the device.
    pub resident_bytes: u64,
    /// Format of keys and values.
    pub kv: KvFormat,
    /// What runs the model.
    pub device: DeviceReport,
}

impl ModelInfo {
    /// Gathers the facts.
    pub(super) fn new(
        spec: &ModelSpec,
        vocabulary: &Vocabulary,
        text: &TextCodec,
        loaded: &Loaded,
        kv: KvFormat,
        device: &DeviceReport,
    ) -> Self {
        Self {
            architecture: spec.architecture.clone(),
            parameters: loaded.parameters,
            layers: spec.layers,
            hidden_size: spec.hidden,
            vocab_size: spec.vocabulary,
            context_length: spec.context,
            mask_id: vocabulary.mask_id,
            stop_ids: vocabulary.stop_ids.clone(),
            shift: spec.shift == LogitShift::Next,
            has_chat_template: text.has_chat_template(),
            dtype: loaded.dtype(),
            resident_bytes: loaded.resident_bytes,
            kv,
            device: device.clone(),
        }
    }
}
