//! The one web shim of this room: asks the browser's device what wgpu 30 cannot tell.
//!
//! wgpu 30 does not map the `subgroups` feature on the web (gfx-rs/wgpu#10146). The package asks
//! the browser for it when the device is requested; here the device is asked whether it came.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

/// True when the browser's device has the feature `subgroups`.
pub fn device_has_subgroups(device: &wgpu::Device) -> bool {
    let Some(raw) = device.as_webgpu() else {
        return false;
    };
    let raw: &JsValue = raw.as_ref();
    has_feature(raw, "subgroups").unwrap_or(false)
}

fn has_feature(device: &JsValue, name: &str) -> Option<bool> {
    let features = Reflect::get(device, &"features".into()).ok()?;
    let has: Function = Reflect::get(&features, &"has".into())
        .ok()?
        .dyn_into()
        .ok()?;
    has.call1(&features, &name.into()).ok()?.as_bool()
}
