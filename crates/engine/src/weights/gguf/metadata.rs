//! The entries of a GGUF file. Texts and lists stay in the header's own bytes until they are asked
//! for.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Value as Json, json};

use super::parser::{Parsed, Parser, bad};
use crate::{Error, Result};

/// The type of a value, by its number in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    Text,
    List,
    U64,
    I64,
    F64,
}

impl Kind {
    /// In the order of their numbers.
    const ALL: [Self; 13] = [
        Self::U8,
        Self::I8,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::F32,
        Self::Bool,
        Self::Text,
        Self::List,
        Self::U64,
        Self::I64,
        Self::F64,
    ];

    fn parse(parser: &mut Parser<'_>, key: &str) -> Parsed<Self> {
        let number = parser.u32()?;
        match Self::ALL.get(number as usize) {
            Some(kind) => Ok(*kind),
            None => bad(format!("has an entry {key:?} of the unknown type {number}")),
        }
    }

    /// Bytes of a value; `None` for those of no fixed length.
    fn bytes(self) -> Option<u64> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::Text | Self::List => None,
        }
    }
}

/// Where a value lies in the header.
#[derive(Clone, Debug)]
struct Place {
    kind: Kind,
    /// Number of elements of a list, 1 for any other value.
    count: u64,
    is_list: bool,
    /// Its bytes; of a text and a list of texts with the lengths in front.
    bytes: Range<usize>,
}

/// The entries of a GGUF file by key.
#[derive(Debug)]
pub struct Metadata {
    header: Vec<u8>,
    places: BTreeMap<String, Place>,
}

/// Parsed entries whose bytes are still borrowed.
#[derive(Debug, Default)]
pub(super) struct Entries(BTreeMap<String, Place>);

impl Entries {
    /// Parses `count` entries.
    pub fn parse(parser: &mut Parser<'_>, count: u64) -> Parsed<Self> {
        let mut places = BTreeMap::new();
        for _ in 0..count {
            let key = parser.name("a key")?;
            let place = parse_value(parser, key)?;
            if places.insert(key.to_owned(), place).is_some() {
                return bad(format!("has two entries {key:?}"));
            }
        }
        Ok(Self(places))
    }

    /// Joins the entries with the header that they were parsed from.
    pub fn with(self, header: Vec<u8>) -> Metadata {
        Metadata {
            header,
            places: self.0,
        }
    }

    /// Whether there is an entry `key`.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// A whole number, read from the `header` that the entries were parsed from.
    pub fn whole(&self, header: &[u8], key: &str) -> Option<u64> {
        let place = self.0.get(key).filter(|place| !place.is_list)?;
        scalar(place.kind, header.get(place.bytes.clone())?).as_u64()
    }
}

fn parse_value(parser: &mut Parser<'_>, key: &str) -> Parsed<Place> {
    let kind = Kind::parse(parser, key)?;
    if kind != Kind::List {
        let start = parser.position();
        skip(parser, kind, 1)?;
        return Ok(Place {
            kind,
            count: 1,
            is_list: false,
            bytes: start..parser.position(),
        });
    }
    let kind = Kind::parse(parser, key)?;
    let count = parser.u64()?;
    if kind == Kind::List {
        return bad(format!("has lists within the list {key:?}; none are read"));
    }
    let start = parser.position();
    skip(parser, kind, count)?;
    Ok(Place {
        kind,
        count,
        is_list: true,
        bytes: start..parser.position(),
    })
}

/// Passes over `count` values of one kind.
fn skip(parser: &mut Parser<'_>, kind: Kind, count: u64) -> Parsed<()> {
    match kind.bytes() {
        Some(bytes) => {
            parser.take(count.saturating_mul(bytes))?;
        }
        None => {
            for _ in 0..count {
                parser.string()?;
            }
        }
    }
    Ok(())
}

/// The number or flag in `bytes`, which has the kind's own length.
fn scalar(kind: Kind, bytes: &[u8]) -> Json {
    fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
        bytes.try_into().expect("a value of this kind has N bytes")
    }
    match kind {
        Kind::U8 => json!(bytes[0]),
        Kind::I8 => json!(bytes[0] as i8),
        Kind::U16 => json!(u16::from_le_bytes(fixed(bytes))),
        Kind::I16 => json!(i16::from_le_bytes(fixed(bytes))),
        Kind::U32 => json!(u32::from_le_bytes(fixed(bytes))),
        Kind::I32 => json!(i32::from_le_bytes(fixed(bytes))),
        Kind::U64 => json!(u64::from_le_bytes(fixed(bytes))),
        Kind::I64 => json!(i64::from_le_bytes(fixed(bytes))),
        Kind::F32 => json!(f32::from_le_bytes(fixed(bytes))),
        Kind::F64 => json!(f64::from_le_bytes(fixed(bytes))),
        Kind::Bool => json!(bytes[0] != 0),
        Kind::Text | Kind::List => Json::Null,
    }
}

impl Metadata {
    /// All keys, in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Whether there is an entry `key`.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    fn bytes(&self, place: &Place) -> &[u8] {
        &self.header[place.bytes.clone()]
    }

    /// The text `key`.
    ///
    /// # Errors
    /// `bad_file` when it is no text, or not UTF-8.
    pub fn text(&self, key: &str) -> Result<Option<&str>> {
        let Some(place) = self.places.get(key) else {
            return Ok(None);
        };
        if place.kind != Kind::Text || place.is_list {
            return Err(wrong(key, "a text"));
        }
        utf8(key, &self.bytes(place)[8..]).map(Some)
    }

    /// The number or flag `key`, or the list of them.
    ///
    /// # Errors
    /// `bad_file` when it is a text, or holds any.
    pub fn number(&self, key: &str) -> Result<Option<Json>> {
        let Some(place) = self.places.get(key) else {
            return Ok(None);
        };
        let Some(size) = place.kind.bytes() else {
            return Err(wrong(key, "a number"));
        };
        if !place.is_list {
            return Ok(Some(scalar(place.kind, self.bytes(place))));
        }
        let values = self.bytes(place).chunks_exact(size as usize);
        let list = values.map(|bytes| scalar(place.kind, bytes)).collect();
        Ok(Some(Json::Array(list)))
    }

    /// The token id `key`.
    ///
    /// # Errors
    /// `bad_file` when it is no id.
    pub fn id(&self, key: &str) -> Result<Option<u32>> {
        let Some(value) = self.number(key)? else {
            return Ok(None);
        };
        match value.as_i64() {
            // llama.cpp writes -1 for "none".
            Some(-1) => Ok(None),
            Some(id) if u32::try_from(id).is_ok() => Ok(Some(id as u32)),
            _ => Err(wrong(key, "a token id")),
        }
    }

    /// The texts of the list `key`.
    ///
    /// # Errors
    /// `bad_file` when it is no list of texts, or one of them is not UTF-8.
    pub fn texts(&self, key: &str) -> Result<Option<Vec<&str>>> {
        let Some(place) = self.places.get(key) else {
            return Ok(None);
        };
        if place.kind != Kind::Text || !place.is_list {
            return Err(wrong(key, "a list of texts"));
        }
        let mut parser = Parser::new(self.bytes(place), place.bytes.len() as u64);
        // The entry was parsed once: every length is right.
        let strings = (0..place.count).map_while(|_| parser.string().ok());
        strings
            .map(|bytes| utf8(key, bytes))
            .collect::<Result<_>>()
            .map(Some)
    }
}

fn utf8<'a>(key: &str, bytes: &'a [u8]) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|_| wrong(key, "UTF-8 text"))
}

fn wrong(key: &str, expected: &str) -> Error {
    Error::bad_file(format!(
        "the GGUF file's entry {key:?} is not {expected}; convert the model again"
    ))
}
