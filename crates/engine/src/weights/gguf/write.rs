//! Writing a GGUF header: entries, tensors, padding. The data is the caller's to append.

use crate::weights::dtype::SourceDtype;

/// Every tensor and the data as a whole begin at a multiple of this.
const ALIGNMENT: u64 = 32;

/// Numbers of the kinds of values.
mod kind {
    pub const U32: u32 = 4;
    pub const I32: u32 = 5;
    pub const F32: u32 = 6;
    pub const BOOL: u32 = 7;
    pub const TEXT: u32 = 8;
    pub const LIST: u32 = 9;
}

/// Gathers a header.
#[derive(Debug, Default)]
pub struct HeaderWriter {
    entries: Vec<u8>,
    entry_count: u64,
    tensors: Vec<u8>,
    tensor_count: u64,
    /// Bytes of data so far, with the padding behind each tensor.
    data: u64,
}

impl HeaderWriter {
    /// An empty header.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn entry(&mut self, key: &str, kind: u32, value: &[u8]) {
        put_text(&mut self.entries, key);
        self.entries.extend(kind.to_le_bytes());
        self.entries.extend(value);
        self.entry_count += 1;
    }

    /// A text.
    pub fn text(&mut self, key: &str, value: &str) {
        let mut bytes = Vec::with_capacity(8 + value.len());
        put_text(&mut bytes, value);
        self.entry(key, kind::TEXT, &bytes);
    }

    /// A whole number.
    pub fn number(&mut self, key: &str, value: u32) {
        self.entry(key, kind::U32, &value.to_le_bytes());
    }

    /// A number.
    pub fn real(&mut self, key: &str, value: f32) {
        self.entry(key, kind::F32, &value.to_le_bytes());
    }

    /// A flag.
    pub fn flag(&mut self, key: &str, value: bool) {
        self.entry(key, kind::BOOL, &[u8::from(value)]);
    }

    /// A list of token ids.
    pub fn ids(&mut self, key: &str, ids: &[u32]) {
        let mut bytes = kind::I32.to_le_bytes().to_vec();
        bytes.extend((ids.len() as u64).to_le_bytes());
        bytes.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
        self.entry(key, kind::LIST, &bytes);
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &str, texts: &[&str]) {
        let mut bytes = kind::TEXT.to_le_bytes().to_vec();
        bytes.extend((texts.len() as u64).to_le_bytes());
        for text in texts {
            put_text(&mut bytes, text);
        }
        self.entry(key, kind::LIST, &bytes);
    }

    /// A tensor of `bytes` bytes, behind those added before. `shape` has the outermost dimension
    /// first.
    pub fn tensor(&mut self, name: &str, shape: &[usize], dtype: SourceDtype, bytes: u64) {
        put_text(&mut self.tensors, name);
        self.tensors.extend((shape.len() as u32).to_le_bytes());
        let innermost_first = shape.iter().rev();
        let dims = innermost_first.flat_map(|dim| (*dim as u64).to_le_bytes());
        self.tensors.extend(dims);
        self.tensors.extend(dtype.ggml_id().to_le_bytes());
        self.tensors.extend(self.data.to_le_bytes());
        self.tensor_count += 1;
        self.data += bytes + padding(bytes);
    }

    /// The bytes of the header, up to where the data begins.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut header = b"GGUF".to_vec();
        header.extend(3_u32.to_le_bytes());
        header.extend(self.tensor_count.to_le_bytes());
        header.extend(self.entry_count.to_le_bytes());
        header.extend(self.entries);
        header.extend(self.tensors);
        let end = header.len() + padding(header.len() as u64) as usize;
        header.resize(end, 0);
        header
    }
}

/// Bytes of zeros to append to so many bytes.
#[must_use]
pub fn padding(bytes: u64) -> u64 {
    bytes.next_multiple_of(ALIGNMENT) - bytes
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}
