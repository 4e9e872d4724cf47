//! One measurement of a device.

use unmask_engine::session::Tuner;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::json;
use crate::model::{WasmModel, throw};

/// A measurement under way. To cancel, stop calling `next`.
#[wasm_bindgen]
pub struct WasmTuner {
    tuner: Tuner,
}

impl WasmTuner {
    pub(crate) fn new(tuner: Tuner) -> Self {
        Self { tuner }
    }
}

#[wasm_bindgen]
impl WasmTuner {
    /// Measures one thing more with the model it was started on, and tells all that is known;
    /// undefined at the end.
    ///
    /// # Errors
    /// When the device fails, and while another call has the model.
    #[wasm_bindgen(unchecked_return_type = "EngineTuning | undefined")]
    pub async fn next(&mut self, model: &WasmModel) -> Result<JsValue, JsValue> {
        let mut model = model.slot.lease().map_err(throw)?;
        let tuning = self.tuner.next(&mut model).await.map_err(throw)?;
        Ok(json::or_undefined(tuning.as_ref()))
    }
}
