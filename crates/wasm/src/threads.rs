//! The threads of this module: workers that have an instance of it over the same memory.

use unmask_engine::cpu::POOL;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The module and the memory, from which a worker makes its instance.
#[wasm_bindgen(js_name = sharedParts, unchecked_return_type = "{ module: WebAssembly.Module; memory: WebAssembly.Memory }")]
#[must_use]
pub fn shared_parts() -> JsValue {
    let parts = js_sys::Object::new();
    for (name, part) in [
        ("module", wasm_bindgen::module()),
        ("memory", wasm_bindgen::memory()),
    ] {
        // Setting a property of a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&parts, &name.into(), &part);
    }
    parts.into()
}

/// Makes the calling worker a thread of the CPU executor, until [`close_threads`].
#[wasm_bindgen(js_name = serveThread)]
pub fn serve_thread() {
    POOL.serve();
}

/// Lets workers serve.
#[wasm_bindgen(js_name = openThreads)]
pub fn open_threads() {
    POOL.open();
}

/// Has the workers that serve return to their event loops.
#[wasm_bindgen(js_name = closeThreads)]
pub fn close_threads() {
    POOL.close();
}

/// To be called by a worker whose [`serve_thread`] threw.
#[wasm_bindgen(js_name = failThread)]
pub fn fail_thread() {
    POOL.fail();
}
