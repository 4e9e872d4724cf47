//! Panics. The promise of the call at fault never settles, so the package is told of them here.

use std::cell::RefCell;
use std::panic::{PanicHookInfo, set_hook};
use std::sync::Once;

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static REPORT: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Calls `report` with the message when the engine panics. The module is not usable afterwards.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(
    #[wasm_bindgen(unchecked_param_type = "(message: string) => void")] report: Function,
) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| set_hook(Box::new(hook)));
    REPORT.set(Some(report));
}

fn hook(info: &PanicHookInfo<'_>) {
    console_error_panic_hook::hook(info);
    let report = REPORT.with(|report| report.try_borrow().ok().and_then(|r| r.clone()));
    if let Some(report) = report {
        // What the listener throws has nowhere to go: the module stops in any case.
        let _ = report.call1(&JsValue::NULL, &info.to_string().into());
    }
}
