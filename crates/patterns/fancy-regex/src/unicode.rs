//! Unicode's properties: of the browser, which has their tables, or natively of regex-syntax.

/// Code points from one to another, both included.
type Ranges = Vec<(u32, u32)>;

/// What `\p{key=value}` is about.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    Category,
    Script,
    ScriptExtensions,
}

/// The characters with a property as patterns name it, `L` or `Script=Han`; none where there is no such.
pub fn property(name: &str) -> Option<Ranges> {
    let (key, value) = match name.split_once(['=', ':']) {
        None => (None, name),
        Some((key, value)) => (Some(self::key(key)?), value),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_');
    match value.chars().all(is_name) {
        true => platform::property(key, value),
        false => None,
    }
}

/// What words are made of: `\w`.
pub fn word() -> Ranges {
    platform::word()
}

fn key(name: &str) -> Option<Key> {
    match name {
        "gc" | "General_Category" => Some(Key::Category),
        "sc" | "Script" => Some(Key::Script),
        "scx" | "Script_Extensions" => Some(Key::ScriptExtensions),
        _ => None,
    }
}

#[cfg(target_arch = "wasm32")]
mod platform {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use js_sys::JsString;
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;

    use super::{Key, Ranges};

    #[wasm_bindgen]
    extern "C" {
        type RegExp;

        /// Throws where the pattern is none.
        #[wasm_bindgen(constructor, catch)]
        fn new(pattern: &str, flags: &str) -> Result<RegExp, JsValue>;

        /// That of js-sys takes text of Rust, and would copy it each time.
        #[wasm_bindgen(method)]
        fn test(this: &RegExp, text: &JsString) -> bool;

        #[wasm_bindgen(method, getter, js_name = lastIndex)]
        fn last_index(this: &RegExp) -> u32;

        #[wasm_bindgen(method, setter, js_name = lastIndex)]
        fn set_last_index(this: &RegExp, index: u32);
    }

    thread_local! {
        /// What was asked for: patterns ask for the same few properties.
        static KNOWN: RefCell<BTreeMap<String, Ranges>> = const { RefCell::new(BTreeMap::new()) };
    }

    /// `\w`: the characters that words are made of.
    pub fn word() -> Ranges {
        let class = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}";
        ranges(class).expect("every browser knows these properties")
    }

    /// The characters of which a property has a value.
    pub fn property(key: Option<Key>, value: &str) -> Option<Ranges> {
        let spellings = [value.to_owned(), capitalised(value)];
        let classes = spellings.iter().flat_map(|value| match key {
            Some(Key::Category) => vec![format!(r"\p{{gc={value}}}")],
            Some(Key::Script) => vec![format!(r"\p{{sc={value}}}")],
            Some(Key::ScriptExtensions) => vec![format!(r"\p{{scx={value}}}")],
            None => vec![format!(r"\p{{{value}}}"), format!(r"\p{{sc={value}}}")],
        });
        classes.into_iter().find_map(|class| ranges(&class))
    }

    /// As Unicode writes it: `Old_Italic` for `old italic`.
    fn capitalised(value: &str) -> String {
        let words = value.split([' ', '-', '_']).map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
        });
        words.collect::<Vec<_>>().join("_")
    }

    /// The characters of a class in JavaScript's syntax; none where it is not.
    fn ranges(class: &str) -> Option<Ranges> {
        let known = KNOWN.with_borrow(|known| known.get(class).cloned());
        if known.is_some() {
            return known;
        }
        let ranges = search(class)?;
        KNOWN.with_borrow_mut(|known| known.insert(class.to_owned(), ranges.clone()));
        Some(ranges)
    }

    /// Looks at every character.
    fn search(class: &str) -> Option<Ranges> {
        let sticky = |pattern: String| RegExp::new(&pattern, "uy").ok();
        let inside = sticky(format!("[{class}]*"))?;
        let outside = sticky(format!("[^{class}]*"))?;
        let mut ranges = Ranges::new();
        // A plane at a time, so that the text is short.
        for plane in 0..=16 {
            let first = plane << 16;
            let characters = (first..first + 0x1_0000).filter_map(char::from_u32);
            let text = JsString::from(characters.collect::<String>());
            let end = text.length();
            let mut at = 0;
            while at < end {
                let from = reach(&outside, &text, at);
                at = reach(&inside, &text, from);
                if from < at {
                    ranges.push((code_point(first, from), code_point(first, at) - 1));
                }
            }
        }
        Some(ranges)
    }

    /// Where what is matched from `at` on ends.
    fn reach(pattern: &RegExp, text: &JsString, at: u32) -> u32 {
        pattern.set_last_index(at);
        pattern.test(text);
        pattern.last_index()
    }

    /// What stands at an index of the text of the plane that begins with `first`.
    fn code_point(first: u32, index: u32) -> u32 {
        match first {
            // Surrogates are left out.
            0 if index >= 0xd800 => index + 0x800,
            0 => index,
            _ => first + index / 2,
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    use regex_syntax::hir::{Class, HirKind};

    use super::{Key, Ranges};

    /// `\w`: the characters that words are made of.
    pub fn word() -> Ranges {
        ranges(r"\w").expect("regex-syntax knows words")
    }

    /// The characters of which a property has a value.
    pub fn property(key: Option<Key>, value: &str) -> Option<Ranges> {
        ranges(&match key {
            Some(Key::Category) => format!(r"\p{{gc={value}}}"),
            Some(Key::Script) => format!(r"\p{{sc={value}}}"),
            Some(Key::ScriptExtensions) => format!(r"\p{{scx={value}}}"),
            None => format!(r"\p{{{value}}}"),
        })
    }

    fn ranges(class: &str) -> Option<Ranges> {
        // Of a single character it makes a literal, of ASCII a class of bytes.
        match regex_syntax::parse(class).ok()?.into_kind() {
            HirKind::Class(Class::Unicode(class)) => {
                let ranges = class.iter();
                Some(
                    ranges
                        .map(|range| (range.start().into(), range.end().into()))
                        .collect(),
                )
            }
            HirKind::Class(Class::Bytes(class)) => {
                let ranges = class.iter();
                Some(
                    ranges
                        .map(|range| (range.start().into(), range.end().into()))
                        .collect(),
                )
            }
            HirKind::Literal(literal) => {
                let c = std::str::from_utf8(&literal.0).ok()?.chars().next()?;
                Some(vec![(c.into(), c.into())])
            }
            _ => None,
        }
    }
}
