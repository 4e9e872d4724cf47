//! Errors across the border: a JavaScript `Error` with the engine's word as its `code`.

use js_sys::{Error as JsError, Reflect};
use unmask_engine::{Error, ErrorCode};
use wasm_bindgen::{JsCast, JsValue};

/// The JavaScript error for `error`: `message` for people, `code` to match on.
pub fn to_js(error: &Error) -> JsValue {
    let js = JsError::new(&error.message);
    js.set_name("UnmaskError");
    // Setting a property of a fresh object cannot fail.
    let _ = Reflect::set(&js, &"code".into(), &error.code.as_str().into());
    js.into()
}

/// The engine's error for what JavaScript threw. A `code` of ours is kept; anything else is
/// `network`, since only file readers throw into the engine.
pub fn from_js(thrown: &JsValue) -> Error {
    let word = Reflect::get(thrown, &"code".into())
        .ok()
        .and_then(|code| code.as_string());
    let code = word.and_then(|word| ErrorCode::from_word(&word));
    let message = match thrown.dyn_ref::<JsError>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    };
    Error::new(code.unwrap_or(ErrorCode::Network), message)
}
