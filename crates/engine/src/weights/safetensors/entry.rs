//! One tensor's entry in a header, as the JSON has it.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};

use super::super::dtype::SourceDtype;

/// Most dimensions of a tensor. Weights have at most 4; without a bound a header of zeros would
/// unfold to four times its size.
const MOST_DIMS: usize = 8;

/// One tensor: `{"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]}`.
#[derive(Clone, Copy, Deserialize)]
pub(super) struct Entry {
    pub dtype: Dtype,
    pub shape: Shape,
    pub data_offsets: [u64; 2],
}

/// A number type that the format knows.
#[derive(Clone, Copy)]
pub(super) struct Dtype(pub SourceDtype);

/// A shape of at most [`MOST_DIMS`] dimensions.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    dims: [u64; MOST_DIMS],
    count: usize,
}

impl Shape {
    /// The dimensions, outermost first.
    pub(super) fn dims(&self) -> &[u64] {
        &self.dims[..self.count]
    }
}

impl<'de> Deserialize<'de> for Dtype {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DtypeVisitor)
    }
}

struct DtypeVisitor;

impl Visitor<'_> for DtypeVisitor {
    type Value = Dtype;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a dtype")
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Dtype, E> {
        SourceDtype::from_word(word)
            .map(Dtype)
            .ok_or_else(|| E::custom(format!("unknown dtype {word:?}; expected F32, F16 or BF16")))
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of dimensions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
        let mut shape = Shape {
            dims: [0; MOST_DIMS],
            count: 0,
        };
        while let Some(dim) = seq.next_element()? {
            let slot = shape.dims.get_mut(shape.count).ok_or_else(|| {
                A::Error::custom(format!("shape has over {MOST_DIMS} dimensions"))
            })?;
            *slot = dim;
            shape.count += 1;
        }
        Ok(shape)
    }
}
