//! The engine for JavaScript: thin bindings, no decisions. `npm/src/wasm-api.ts` is the same
//! interface seen from the other side.
//!
//! Objects cross as plain data (`json.rs`), errors as `Error` with a `code` (`error.rs`), files as
//! callbacks (`files.rs`). A call that awaits takes the model out of its slot (`slot.rs`). The module
//! is built twice, with and without threads (`threads.rs`).

mod error;
mod files;
mod json;
mod model;
mod panic;
#[cfg(target_arch = "wasm32")]
mod relaxed;
mod run;
mod scorer;
mod slot;
#[cfg(target_feature = "atomics")]
mod threads;
mod tuner;

use wasm_bindgen::prelude::wasm_bindgen;

pub use files::JsFiles;
pub use model::WasmModel;
pub use panic::on_panic;
#[cfg(target_arch = "wasm32")]
pub use relaxed::{install, start};
pub use run::WasmRun;
pub use scorer::WasmScorer;
#[cfg(target_feature = "atomics")]
pub use threads::{close_threads, fail_thread, open_threads, serve_thread, shared_parts};
pub use tuner::WasmTuner;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
import type { Draft } from "../dist/draft.js";
import type { Frame, GenerationResult, MemoryEstimate, Score, TileChoice } from "../dist/types.js";
import type { CheckpointFiles, EngineInfo, EngineProgress, EngineTuning, WasmLoadOptions } from "../dist/wasm-api.js";
import type { EngineRequest, EngineScoreRequest } from "../dist/request.js";
"#;

/// Version of the engine: what is kept of one means nothing to another.
#[must_use]
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

#[wasm_bindgen(module = "/src/subgroups_shim.js")]
extern "C" {
    /// Must run before any device is requested; see the file.
    fn request_subgroups();
}
