//! The one web shim of this room: what wgpu 30 does not do for a page.
//!
//! wgpu 30 does not map the `subgroups` feature on the web (gfx-rs/wgpu#10146). The package asks
//! the browser for it when the device is requested; here the device is asked whether it came.
//! Nor does it pass on the adapter's name. Where there is neither a page nor a worker (Node, Deno), it panics instead
//! of asking `navigator.gpu`.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

/// wgpu on this thread's `navigator.gpu`; `None` where there is none.
pub fn instance() -> Option<wgpu::Instance> {
    let global = js_sys::global();
    let field = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).ok();
    let gpu = field(&field(&global, "navigator")?, "gpu")?;
    if gpu.is_undefined() || gpu.is_null() {
        return None;
    }
    let scope = JsValue::from_str("WorkerGlobalScope");
    let of_browser = |name| field(&global, name).is_some_and(|found| !found.is_undefined());
    let lent = !of_browser("Window") && !of_browser("WorkerGlobalScope");
    // wgpu only looks whether the name means anything, and only now.
    if lent {
        Reflect::set(&global, &scope, &JsValue::TRUE).ok()?;
    }
    let descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    let instance = wgpu::Instance::new(descriptor);
    if lent {
        Reflect::delete_property(&global, &scope).ok()?;
    }
    Some(instance)
}

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
