//! Who has Unicode's tables.

use crate::Form;

#[cfg(target_arch = "wasm32")]
mod browser {
    use js_sys::{JsString, RegExp};

    use super::Form;

    thread_local! {
        static MARK: RegExp = RegExp::new("^\\p{M}", "u");
    }

    /// `text` in a normal form.
    pub fn normalize(text: &str, form: Form) -> String {
        let name = match form {
            Form::Nfd => "NFD",
            Form::Nfkd => "NFKD",
            Form::Nfc => "NFC",
            Form::Nfkc => "NFKC",
        };
        String::from(JsString::from(text).normalize(name))
    }

    /// Whether `c` has the general category M.
    pub fn is_mark(c: char) -> bool {
        MARK.with(|mark| mark.test(c.encode_utf8(&mut [0; 4])))
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use unicode_normalization::UnicodeNormalization;

    use super::Form;

    /// `text` in a normal form.
    pub fn normalize(text: &str, form: Form) -> String {
        match form {
            Form::Nfd => text.nfd().collect(),
            Form::Nfkd => text.nfkd().collect(),
            Form::Nfc => text.nfc().collect(),
            Form::Nfkc => text.nfkc().collect(),
        }
    }

    /// Whether `c` has the general category M.
    pub fn is_mark(c: char) -> bool {
        unicode_normalization::char::is_combining_mark(c)
    }
}

#[cfg(target_arch = "wasm32")]
pub use browser::{is_mark, normalize};
#[cfg(not(target_arch = "wasm32"))]
pub use native::{is_mark, normalize};
