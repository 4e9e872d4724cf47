//! A loaded model.

use std::rc::Rc;

use js_sys::Function;
use unmask_engine::session::{self, LoadOptions, LoadedModel};
use unmask_engine::text::TextCodec;
use unmask_engine::{GenerateRequest, Progress, ScoreRequest};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::files::JsFiles;
use crate::run::WasmRun;
use crate::scorer::WasmScorer;
use crate::slot::Slot;
use crate::tuner::WasmTuner;
use crate::{error, json, request_subgroups};

/// A model on its device.
#[wasm_bindgen]
pub struct WasmModel {
    pub(crate) slot: Slot<LoadedModel>,
    /// Apart from the slot, so that text is served while a run has the model.
    text: Rc<TextCodec>,
}

#[wasm_bindgen]
impl WasmModel {
    /// Loads the checkpoint in `files`; `on_progress` is told of every stage.
    ///
    /// # Errors
    /// What the files, the checkpoint or the device give cause to.
    pub async fn load(
        files: JsFiles,
        #[wasm_bindgen(unchecked_param_type = "WasmLoadOptions")] options: JsValue,
        #[wasm_bindgen(unchecked_param_type = "(progress: EngineProgress) => void")]
        on_progress: Function,
    ) -> Result<Self, JsValue> {
        request_subgroups();
        let options: LoadOptions = json::from_js(&options, "load options").map_err(throw)?;
        let mut report = |progress: Progress| {
            // A listener that throws does not stop the load.
            let _ = on_progress.call1(&JsValue::NULL, &json::to_js(&progress));
        };
        let model = session::load(files, &options, &mut report)
            .await
            .map_err(throw)?;
        let text = Rc::clone(model.text());
        Ok(Self {
            slot: Slot::new(model),
            text,
        })
    }

    /// What loading the checkpoint in `files` will read and keep; no weight is read.
    ///
    /// # Errors
    /// What the files or the checkpoint give cause to.
    #[wasm_bindgen(unchecked_return_type = "MemoryEstimate")]
    pub async fn estimate(
        files: JsFiles,
        #[wasm_bindgen(unchecked_param_type = "WasmLoadOptions")] options: JsValue,
    ) -> Result<JsValue, JsValue> {
        let options: LoadOptions = json::from_js(&options, "load options").map_err(throw)?;
        let estimate = session::estimate(files, &options).await.map_err(throw)?;
        Ok(json::to_js(&estimate))
    }

    /// Facts of the model and its device.
    ///
    /// # Errors
    /// While a run has the model, and after `dispose`.
    #[wasm_bindgen(unchecked_return_type = "EngineInfo")]
    pub fn info(&self) -> Result<JsValue, JsValue> {
        Ok(json::to_js(&self.slot.lease().map_err(throw)?.info()))
    }

    /// Begins a generation; nothing is computed yet.
    ///
    /// # Errors
    /// When the request is malformed or asks for the impossible.
    pub fn start(
        &self,
        #[wasm_bindgen(unchecked_param_type = "EngineRequest")] request: &JsValue,
    ) -> Result<WasmRun, JsValue> {
        let request: GenerateRequest = json::from_js(request, "request").map_err(throw)?;
        let mut model = self.slot.lease().map_err(throw)?;
        Ok(WasmRun::new(model.generate(&request).map_err(throw)?))
    }

    /// Begins to score a text; nothing is computed yet.
    ///
    /// # Errors
    /// When the request is malformed or asks for the impossible.
    pub fn score(
        &self,
        #[wasm_bindgen(unchecked_param_type = "EngineScoreRequest")] request: &JsValue,
    ) -> Result<WasmScorer, JsValue> {
        let request: ScoreRequest = json::from_js(request, "request").map_err(throw)?;
        let model = self.slot.lease().map_err(throw)?;
        Ok(WasmScorer::new(model.score(&request).map_err(throw)?))
    }

    /// Begins to measure the device; nothing runs yet.
    ///
    /// # Errors
    /// While a run has the model, and after `dispose`.
    pub fn tune(&self) -> Result<WasmTuner, JsValue> {
        let model = self.slot.lease().map_err(throw)?;
        Ok(WasmTuner::new(model.tune()))
    }

    /// What was measured of tiles since the load began; undefined where nothing was.
    ///
    /// # Errors
    /// While a run has the model, and after `dispose`.
    #[wasm_bindgen(unchecked_return_type = "TileChoice | undefined")]
    pub fn tiles(&self) -> Result<JsValue, JsValue> {
        let model = self.slot.lease().map_err(throw)?;
        Ok(json::or_undefined(model.tiles().as_ref()))
    }

    /// The likeliest tokens of the `length` positions behind `ids`, all at once, for another model to try.
    ///
    /// # Errors
    /// When the model is causal, the ids are not its own or the device fails.
    #[wasm_bindgen(unchecked_return_type = "Draft")]
    pub async fn draft(&self, ids: Vec<u32>, length: u32) -> Result<JsValue, JsValue> {
        let mut model = self.slot.lease().map_err(throw)?;
        let draft = model.draft(&ids, length).await.map_err(throw)?;
        Ok(json::to_js(&draft))
    }

    /// Token ids of `text`.
    ///
    /// # Errors
    /// When the tokenizer refuses the text.
    pub fn tokenize(&self, text: &str) -> Result<Vec<u32>, JsValue> {
        self.text.encode(text).map_err(throw)
    }

    /// Text of token ids.
    #[must_use]
    pub fn detokenize(&self, ids: &[u32]) -> String {
        self.text.decode(ids)
    }

    /// Frees the model, or lets the step that runs do so at its end. May be called again.
    pub fn dispose(&self) {
        self.slot.dispose();
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
pub(crate) fn throw(error: unmask_engine::Error) -> JsValue {
    error::to_js(&error)
}
