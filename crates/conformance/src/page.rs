//! What the pages call.

use js_sys::{Function, JSON};
use serde::Serialize;
use unmask_engine::gpu::bench::{self, Shape};
use unmask_engine::gpu::{GpuOptions, WgpuExecutor};
use wasm_bindgen::prelude::*;

use crate::{cases, check, devices, open};

/// Runs every problem in every way of using the device; `on_outcome(outcome, done, total)` is told of each, `done` of
/// `total` problems being behind it.
///
/// # Errors
/// Where there is no adapter.
#[wasm_bindgen]
pub async fn conformance(on_outcome: Function) -> Result<(), JsValue> {
    console_error_panic_hook::set_once();
    let (devices, problems) = (devices(), cases::all());
    let total = devices.len() * problems.len();
    let (mut seen, mut done) = (Vec::new(), 0);
    for options in devices {
        let Some(mut executor) = open(options).await.map_err(thrown)? else {
            done += problems.len();
            continue;
        };
        for problem in &problems {
            done += 1;
            if let Some(outcome) = check(&mut executor, problem, &mut seen).await {
                let told = [js(&outcome), JsValue::from(done), JsValue::from(total)];
                on_outcome.apply(&JsValue::NULL, &told.iter().collect())?;
            }
        }
    }
    Ok(())
}

/// Measures products of every tile that the device is capable of, as shares of its arithmetic.
///
/// # Errors
/// Where there is no adapter, and what the device reports.
#[wasm_bindgen]
pub async fn speed(repeats: usize) -> Result<JsValue, JsValue> {
    console_error_panic_hook::set_once();
    let opened = WgpuExecutor::open(GpuOptions::default(), "it is measured").await;
    let mut executor = opened.map_err(thrown)?;
    let measured = bench::measure(&mut executor, &Shape::of_small_models(), repeats).await;
    Ok(js(&measured.map_err(thrown)?))
}

fn js(value: &impl Serialize) -> JsValue {
    let text = serde_json::to_string(value).expect("names and numbers are JSON");
    JSON::parse(&text).expect("serde_json writes JSON")
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn thrown(error: unmask_engine::Error) -> JsValue {
    js_sys::Error::new(&error.message).into()
}
