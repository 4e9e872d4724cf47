//! Resident weight formats: how a weight lies in the memory of an executor.
//!
//! A weight is `[n rows, k columns]`, and one buffer holds it: the *quant plane* (row-major),
//! then the *scale plane* (one f16 a block of 32 columns, in block order; empty for the float
//! formats), each padded to whole 32-bit words. All little endian. A shader binds the buffer as
//! `array<u32>`.
//!
//! A format is one file here and one line in [`Format::layout`].

mod f16;
mod f32;
mod q4_0;
mod q8_0;
mod repack;

use std::ops::Range;

/// Rows a group starts at a multiple of this, so that its slices of both planes start at a
/// whole 32-bit word whatever the column count.
pub const GROUP_ROWS: usize = 32;

/// How a weight is stored while the model is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Single precision.
    F32,
    /// Half precision.
    F16,
    /// 8-bit integers and one f16 scale a block of 32 columns (8.5 bits a weight).
    Q8_0,
    /// 4-bit integers and one f16 scale a block of 32 columns (4.5 bits a weight).
    Q4_0,
}

/// The facts of one format; each file of this folder has one.
struct Layout {
    /// Its name in options and messages.
    word: &'static str,
    /// Columns a block.
    block: usize,
    /// Bytes of the quant plane a block.
    quant_bytes: usize,
    /// Bytes of the scale plane a block.
    scale_bytes: usize,
    /// Largest magnitude whose scale (or self) is a finite number of the format.
    largest: f32,
    /// Appends whole blocks of finite weights to the planes.
    pack: fn(&[f32], &mut Planes),
    /// Fills `out` (whole blocks) from the slices of the planes: quants, scales.
    unpack: fn(&[u8], &[u8], &mut [f32]),
}

/// The bytes of a row group in both planes, each padded to whole 32-bit words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planes {
    /// Slice of the quant plane.
    pub quants: Vec<u8>,
    /// Slice of the scale plane; empty for float formats.
    pub scales: Vec<u8>,
}

/// A weight that a format cannot hold: NaN, infinite, or too large for an f16 scale.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("weight {value} (element {index}) does not fit {format}, which holds up to ±{largest}")]
pub struct Unfit {
    /// The format that was asked for.
    pub format: Format,
    /// Which of the weights handed in.
    pub index: usize,
    /// The weight.
    pub value: f32,
    /// Largest magnitude that the format holds.
    pub largest: f32,
}

impl Format {
    /// Every format, most exact first.
    pub const ALL: [Self; 4] = [Self::F32, Self::F16, Self::Q8_0, Self::Q4_0];

    fn layout(self) -> &'static Layout {
        match self {
            Self::F32 => &f32::LAYOUT,
            Self::F16 => &f16::LAYOUT,
            Self::Q8_0 => &q8_0::LAYOUT,
            Self::Q4_0 => &q4_0::LAYOUT,
        }
    }

    /// Its name in options and messages: `"q8_0"`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.layout().word
    }

    /// The format spelled `word`, if it is one of ours.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// The format that a weight of `k` columns gets when this one is wished for: blocks do not
    /// span rows, so a `k` that is no multiple of 32 falls back to f16; and f16 lies in pairs, so
    /// an odd `k` falls back to f32.
    #[must_use]
    pub fn for_columns(self, k: usize) -> Self {
        match self {
            Self::F32 => Self::F32,
            Self::F16 if k % 2 == 1 => Self::F32,
            Self::F16 => Self::F16,
            Self::Q8_0 | Self::Q4_0 if !k.is_multiple_of(self.layout().block) => {
                Self::F16.for_columns(k)
            }
            Self::Q8_0 | Self::Q4_0 => self,
        }
    }

    /// Bytes of a weight `[n, k]`, a multiple of 4.
    #[must_use]
    pub fn bytes(self, n: usize, k: usize) -> u64 {
        self.scale_offset(n, k) + words(self.blocks(n, k) * self.layout().scale_bytes as u64)
    }

    /// Byte at which the scale plane of a weight `[n, k]` begins, a multiple of 4; the end of the
    /// buffer for float formats.
    #[must_use]
    pub fn scale_offset(self, n: usize, k: usize) -> u64 {
        words(self.blocks(n, k) * self.layout().quant_bytes as u64)
    }

    /// Where the slices of the row group that begins at `row` lie in the buffer of `[n, k]`:
    /// bytes of the quant slice, bytes of the scale slice. `row` is a multiple of [`GROUP_ROWS`].
    #[must_use]
    pub fn group_offsets(self, n: usize, k: usize, row: usize) -> (u64, u64) {
        debug_assert!(
            row.is_multiple_of(GROUP_ROWS),
            "row {row} does not begin a group"
        );
        let Layout {
            quant_bytes,
            scale_bytes,
            ..
        } = self.layout();
        let before = self.blocks(row, k);
        (
            before * *quant_bytes as u64,
            self.scale_offset(n, k) + before * *scale_bytes as u64,
        )
    }

    /// Packs whole rows of `k` columns. `k` must suit the format ([`Self::for_columns`]).
    ///
    /// # Errors
    /// [`Unfit`] for the first weight that the format cannot hold.
    pub fn pack(self, rows: &[f32], k: usize) -> Result<Planes, Unfit> {
        debug_assert_eq!(
            self.for_columns(k),
            self,
            "{k} columns do not suit the format"
        );
        debug_assert!(k == 0 || rows.len().is_multiple_of(k), "whole rows only");
        let layout = self.layout();
        let unfit = |weight: &f32| !weight.is_finite() || weight.abs() > layout.largest;
        if let Some(index) = rows.iter().position(unfit) {
            let (value, largest) = (rows[index], layout.largest);
            return Err(Unfit {
                format: self,
                index,
                value,
                largest,
            });
        }
        let blocks = rows.len() / layout.block;
        let mut planes = Planes {
            quants: Vec::with_capacity(blocks * layout.quant_bytes + 3),
            scales: Vec::with_capacity(blocks * layout.scale_bytes + 3),
        };
        (layout.pack)(rows, &mut planes);
        pad_to_words(&mut planes.quants);
        pad_to_words(&mut planes.scales);
        Ok(planes)
    }

    /// Unpacks rows `rows` of the weight `[n, k]` in `buffer` into `out`: `[rows, k]`.
    ///
    /// # Panics
    /// When `buffer` is shorter than [`bytes`](Self::bytes), or `out` has another length.
    pub fn unpack(
        self,
        buffer: &[u8],
        (n, k): (usize, usize),
        rows: Range<usize>,
        out: &mut [f32],
    ) {
        assert_eq!(out.len(), rows.len() * k, "out holds whole rows");
        let (quants, scales) = self.slices(buffer, (n, k), rows);
        (self.layout().unpack)(quants, scales, out);
    }

    /// The slices of the planes of the weight `[n, k]` in `buffer` that hold rows `rows`: quants,
    /// scales.
    ///
    /// # Panics
    /// When `buffer` is shorter than [`bytes`](Self::bytes).
    #[must_use]
    pub fn slices(
        self,
        buffer: &[u8],
        (n, k): (usize, usize),
        rows: Range<usize>,
    ) -> (&[u8], &[u8]) {
        assert!(rows.end <= n, "rows {rows:?} of {n}");
        let (quants, scales) = buffer.split_at(self.scale_offset(n, k) as usize);
        let [first, last] = [rows.start, rows.end].map(|row| self.blocks(row, k) as usize);
        let layout = self.layout();
        (
            &quants[first * layout.quant_bytes..last * layout.quant_bytes],
            &scales[first * layout.scale_bytes..last * layout.scale_bytes],
        )
    }

    /// Blocks in `rows` rows of `k` columns.
    fn blocks(self, rows: usize, k: usize) -> u64 {
        rows as u64 * (k / self.layout().block) as u64
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `bytes` rounded up to whole 32-bit words.
fn words(bytes: u64) -> u64 {
    bytes.next_multiple_of(4)
}

fn pad_to_words(plane: &mut Vec<u8>) {
    plane.resize(plane.len().next_multiple_of(4), 0);
}

/// `1 / scale`, or 0 where that is no finite number: the scale is 0 then, or so small that it is
/// stored as 0.
fn inverse(scale: f32) -> f32 {
    let inverse = 1.0 / scale;
    if inverse.is_finite() { inverse } else { 0.0 }
}
