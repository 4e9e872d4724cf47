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

/// Makes the calling worker a thread of the CPU executor. Never returns: it ends with the worker.
#[wasm_bindgen(js_name = serveThread)]
pub fn serve_thread() {
    POOL.serve();
}

/// To be called by a worker whose [`serve_thread`] threw.
#[wasm_bindgen(js_name = failThread)]
pub fn fail_thread() {
    POOL.fail();
}

/// Threads that the CPU executor has: the workers that serve, and the one that calls it.
#[wasm_bindgen]
#[must_use]
pub fn threads() -> usize {
    POOL.threads()
}
