//! Faster products of integers where the engine has relaxed SIMD.

use js_sys::{Object, Reflect, Uint8Array, WebAssembly};
use unmask_engine::cpu::relaxed;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};

/// Makes every instance of this module, those of threads too, call the products of relaxed SIMD.
#[wasm_bindgen(start)]
pub fn start() {
    // Without them it is slower and right.
    let _ = install();
}

/// False where the engine lacks the instructions.
///
/// # Errors
/// What the engine throws.
pub fn install() -> Result<bool, JsValue> {
    let bytes = Uint8Array::from(relaxed::MODULE);
    if !WebAssembly::validate(&bytes)? {
        return Ok(false);
    }
    let (imports, environment) = (Object::new(), Object::new());
    Reflect::set(&environment, &"memory".into(), &wasm_bindgen::memory())?;
    Reflect::set(&imports, &"env".into(), &environment)?;
    let module = WebAssembly::Module::new(&bytes)?;
    let instance = WebAssembly::Instance::new(&module, &imports)?;
    let multiply = Reflect::get(&instance.exports(), &"multiply".into())?;
    let table: WebAssembly::Table = wasm_bindgen::function_table().unchecked_into();
    table.set(relaxed::slot(), &multiply.unchecked_into())?;
    relaxed::put();
    Ok(true)
}
