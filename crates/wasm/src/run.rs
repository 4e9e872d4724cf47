//! One generation.

use unmask_engine::session::Generation;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::json;
use crate::model::{WasmModel, throw};

/// A generation under way. To cancel, stop calling `next`.
#[wasm_bindgen]
pub struct WasmRun {
    generation: Generation,
}

impl WasmRun {
    pub(crate) fn new(generation: Generation) -> Self {
        Self { generation }
    }
}

#[wasm_bindgen]
impl WasmRun {
    /// One denoising step with the model it was started on; undefined at the end.
    ///
    /// # Errors
    /// When the device fails, and while another run has the model.
    #[wasm_bindgen(unchecked_return_type = "Frame | undefined")]
    pub async fn next(&mut self, model: &WasmModel) -> Result<JsValue, JsValue> {
        let mut model = model.slot.lease().map_err(throw)?;
        let frame = self.generation.next(&mut model).await.map_err(throw)?;
        Ok(frame.map_or(JsValue::UNDEFINED, |frame| json::to_js(&frame)))
    }

    /// The canvas as it is now, and what it took.
    ///
    /// # Errors
    /// While another run has the model.
    #[wasm_bindgen(unchecked_return_type = "GenerationResult")]
    pub fn result(&self, model: &WasmModel) -> Result<JsValue, JsValue> {
        let model = model.slot.lease().map_err(throw)?;
        Ok(json::to_js(&self.generation.result(&model)))
    }
}
