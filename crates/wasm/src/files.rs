//! The checkpoint's files, read by JavaScript.

use std::ops::Range;

use js_sys::{Promise, Uint8Array};
use unmask_engine::weights::Files;
use unmask_engine::{Error, Result};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::error;

#[wasm_bindgen]
extern "C" {
    /// `CheckpointFiles` of the package: `size(file)` and `read(file, start, end)`, both promises.
    #[wasm_bindgen(typescript_type = "CheckpointFiles")]
    pub type JsFiles;

    #[wasm_bindgen(method, catch)]
    fn size(this: &JsFiles, file: &str) -> Result<Promise, JsValue>;

    // Numbers, not 64-bit integers: those would be BigInt, and no file comes near 2^53 bytes.
    #[wasm_bindgen(method, catch)]
    fn read(this: &JsFiles, file: &str, start: f64, end: f64) -> Result<Promise, JsValue>;

    /// An `ArrayBuffer` as ES2024 has it.
    type OwnedBuffer;

    // Older browsers have no such method, and throw.
    #[wasm_bindgen(method, catch)]
    fn transfer(this: &OwnedBuffer, length: u32) -> Result<JsValue, JsValue>;
}

#[expect(
    clippy::cast_precision_loss,
    reason = "byte offsets stay far below 2^53"
)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size from JavaScript is a whole number of bytes; a wrong one saturates"
)]
impl Files for JsFiles {
    async fn size(&self, file: &str) -> Result<Option<u64>> {
        let size = settle(self.size(file)).await?;
        Ok(size.as_f64().map(|bytes| bytes as u64))
    }

    async fn read(&self, file: &str, range: Range<u64>) -> Result<Vec<u8>> {
        let bytes = settle(self.read(file, range.start as f64, range.end as f64)).await?;
        let bytes = bytes
            .dyn_into::<Uint8Array>()
            .map_err(|_| Error::bad_file(format!("{file}: the file reader gave no Uint8Array")))?;
        let wanted = range.end - range.start;
        if u64::from(bytes.length()) != wanted {
            let got = bytes.length();
            return Err(Error::bad_file(format!(
                "{file}: {wanted} bytes were wanted and {got} came; is it truncated?"
            )));
        }
        let copy = bytes.to_vec();
        free(&bytes);
        Ok(copy)
    }
}

/// Frees the memory of `bytes` where their buffer is all theirs. A collector is in no hurry for it:
/// it would let hundreds of megabytes of a download gather beside the model.
fn free(bytes: &Uint8Array) {
    let buffer = bytes.buffer();
    if buffer.byte_length() == bytes.length() {
        // Where it cannot be done, the collector comes in the end.
        let _ = buffer.unchecked_ref::<OwnedBuffer>().transfer(0);
    }
}

async fn settle(call: Result<Promise, JsValue>) -> Result<JsValue> {
    let promise = call.map_err(|thrown| error::from_js(&thrown))?;
    let settled = JsFuture::from(promise).await;
    settled.map_err(|thrown| error::from_js(&thrown))
}
