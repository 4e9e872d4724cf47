//! The bindings as JavaScript sees them, run in a browser.
#![cfg(target_arch = "wasm32")]

use js_sys::{Error, Function, Object, Reflect};
use unmask_wasm::{JsFiles, WasmModel, on_panic};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap()
}

fn options(device: &str) -> JsValue {
    js_sys::JSON::parse(&format!(r#"{{"device": "{device}", "dtype": "auto"}}"#)).unwrap()
}

/// A folder whose `size` and `read` are JavaScript function bodies.
fn files(size: &str, read: &str) -> JsFiles {
    let files = Object::new();
    let size = Function::new_with_args("file", size);
    let read = Function::new_with_args("file, start, end", read);
    Reflect::set(&files, &"size".into(), &size).unwrap();
    Reflect::set(&files, &"read".into(), &read).unwrap();
    files.unchecked_into()
}

async fn load_error(files: JsFiles, options: JsValue) -> (String, String) {
    let ignore = Function::new_no_args("");
    let Err(thrown) = WasmModel::load(files, options, ignore).await else {
        panic!("the load should fail");
    };
    let error: Error = thrown.dyn_into().expect("an Error is thrown");
    (
        get(&error, "code").as_string().unwrap(),
        error.message().into(),
    )
}

#[wasm_bindgen_test]
async fn an_empty_folder_is_a_missing_file() {
    let empty = files(
        "return Promise.resolve(null)",
        "return Promise.reject(Error('unasked'))",
    );
    let (code, message) = load_error(empty, options("cpu")).await;
    assert_eq!(code, "missing_file", "{message}");
}

#[wasm_bindgen_test]
async fn a_readers_error_keeps_its_code_and_message() {
    let cut = "return Promise.reject(Object.assign(Error('stopped'), { code: 'aborted' }))";
    let (code, message) = load_error(files(cut, cut), options("cpu")).await;
    assert_eq!((code.as_str(), message.as_str()), ("aborted", "stopped"));
}

#[wasm_bindgen_test]
async fn an_unknown_error_of_a_reader_is_a_network_error() {
    let failing = "throw new TypeError('offline')";
    let (code, message) = load_error(files(failing, failing), options("cpu")).await;
    assert_eq!((code.as_str(), message.as_str()), ("network", "offline"));
}

#[wasm_bindgen_test]
async fn a_short_read_is_a_bad_file() {
    let short = files(
        "return Promise.resolve(100)",
        "return Promise.resolve(new Uint8Array(1))",
    );
    let (code, message) = load_error(short, options("cpu")).await;
    assert_eq!(code, "bad_file", "{message}");
}

#[wasm_bindgen_test]
async fn options_out_of_the_list_are_bad_input() {
    let empty = files("return Promise.resolve(null)", "");
    let (code, message) = load_error(empty, options("abacus")).await;
    assert_eq!(code, "bad_input", "{message}");
}

#[wasm_bindgen_test]
fn a_panic_listener_can_be_set_twice() {
    on_panic(Function::new_no_args(""));
    on_panic(Function::new_no_args(""));
}
