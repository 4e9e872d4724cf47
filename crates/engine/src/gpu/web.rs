//! The one web shim of this room: asks the browser's device what wgpu 30 cannot tell.
//!
//! wgpu 30 does not map the `subgroups` feature on the web (gfx-rs/wgpu#10146). The package asks
//! the browser for it when the device is requested; here the device is asked whether it came.
//! Nor does it pass on the adapter's name.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

fn raw(device: &wgpu::Device) -> Option<&JsValue> {
    device.as_webgpu().map(AsRef::as_ref)
}

/// True when the browser's device has the feature `subgroups`.
pub fn device_has_subgroups(device: &wgpu::Device) -> bool {
    raw(device)
        .and_then(|device| has_feature(device, "subgroups"))
        .unwrap_or(false)
}

fn has_feature(device: &JsValue, name: &str) -> Option<bool> {
    let features = Reflect::get(device, &"features".into()).ok()?;
    let has: Function = Reflect::get(&features, &"has".into())
        .ok()?
        .dyn_into()
        .ok()?;
    has.call1(&features, &name.into()).ok()?.as_bool()
}

/// What `GPUDevice.adapterInfo` says: its description, else vendor and architecture; empty where
/// the browser hides all of it.
pub fn adapter_name(device: &wgpu::Device) -> String {
    let field = |name: &str| {
        let info = Reflect::get(raw(device)?, &"adapterInfo".into()).ok()?;
        let text = Reflect::get(&info, &name.into()).ok()?.as_string()?;
        Some(text).filter(|text| !text.is_empty())
    };
    let of_vendor = || {
        let words = ["vendor", "architecture"].into_iter().filter_map(field);
        words.collect::<Vec<_>>().join(" ")
    };
    field("description").unwrap_or_else(of_vendor)
}
