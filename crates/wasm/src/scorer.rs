//! One likelihood.

use unmask_engine::drivers::Scorer;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::json;
use crate::model::{WasmModel, throw};

/// A score under way. To cancel, stop calling `next`.
#[wasm_bindgen]
pub struct WasmScorer {
    scorer: Scorer,
}

impl WasmScorer {
    pub(crate) fn new(scorer: Scorer) -> Self {
        Self { scorer }
    }
}

#[wasm_bindgen]
impl WasmScorer {
    /// One forward with the model it was started on, and the score so far; undefined at the end.
    ///
    /// # Errors
    /// When the device fails, and while another call has the model.
    #[wasm_bindgen(unchecked_return_type = "Score | undefined")]
    pub async fn next(&mut self, model: &WasmModel) -> Result<JsValue, JsValue> {
        let mut model = model.slot.lease().map_err(throw)?;
        let score = self.scorer.next(&mut *model).await.map_err(throw)?;
        Ok(json::or_undefined(score.as_ref()))
    }
}
