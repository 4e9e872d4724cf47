//! Plain data across the border, as JSON: the engine reads JSON anyway, so it costs no code.

use js_sys::JSON;
use serde::Serialize;
use serde::de::DeserializeOwned;
use unmask_engine::{Error, Result};
use wasm_bindgen::JsValue;

/// `value` as a plain JavaScript object.
pub fn to_js(value: &impl Serialize) -> JsValue {
    let text = serde_json::to_string(value).expect("the engine's reports are plain data");
    JSON::parse(&text).expect("serde_json writes JSON")
}

/// `value` as a plain JavaScript object, or `undefined` where there is none.
pub fn or_undefined(value: Option<&impl Serialize>) -> JsValue {
    value.map_or(JsValue::UNDEFINED, to_js)
}

/// The value that a plain JavaScript object describes; `what` names it in the error.
///
/// # Errors
/// `bad_input` when it is not of the right form.
pub fn from_js<T: DeserializeOwned>(value: &JsValue, what: &str) -> Result<T> {
    let refused = |reason: String| Error::bad_input(format!("the {what} is malformed: {reason}"));
    let text = JSON::stringify(value).map_err(|_| refused("it is not plain data".into()))?;
    // Of `undefined` and functions, JavaScript makes no text at all.
    let text = text.as_string().unwrap_or_else(|| "null".into());
    serde_json::from_str(&text).map_err(|error| refused(error.to_string()))
}
