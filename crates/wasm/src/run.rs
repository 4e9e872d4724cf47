//! One generation.

use unmask_engine::session::{Draft, Generation};
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
        Ok(json::or_undefined(frame.as_ref()))
    }

    /// Prompt and canvas up to the first mask, which a drafter goes on from; undefined where the next
    /// step would try no draft.
    #[must_use]
    pub fn written(&self) -> Option<Vec<u32>> {
        self.generation.written().map(<[u32]>::to_vec)
    }

    /// Has the next step try a draft.
    ///
    /// # Errors
    /// When the draft is malformed.
    pub fn offer(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Draft")] draft: &JsValue,
    ) -> Result<(), JsValue> {
        let draft: Draft = json::from_js(draft, "draft").map_err(throw)?;
        self.generation.offer(&draft);
        Ok(())
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
