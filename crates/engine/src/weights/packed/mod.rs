//! Weights that other tools packed into integers of a safetensors file: GPTQ, AWQ and MLX.
//!
//! A linear layer is several tensors there: quants in 32-bit words, scales, zeros or offsets. They
//! become one tensor under the name that the layer's weight has unpacked, `[outputs, inputs]`, which
//! is read as f32 like any other. `config.json` says how they are packed.
//!
//! A packing is one file here and one line in [`Packing`].

mod awq;
mod gptq;
mod mlx;
mod settings;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use self::settings::Settings;
use super::dtype::SourceDtype;
use super::files::Files;
use super::tensor_info::{RowOrder, TensorInfo};
use super::whole_file::read_exactly;
use crate::{Error, Result};

/// Who packed a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packing {
    /// GPTQ: words along the inputs, zeros, and a group for each input.
    Gptq,
    /// AWQ: words along the outputs in an order of their own, zeros.
    Awq,
    /// MLX: words along the inputs, an offset in place of a zero.
    Mlx,
}

impl Packing {
    /// Its name: `"GPTQ"`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gptq => "GPTQ",
            Self::Awq => "AWQ",
            Self::Mlx => "MLX",
        }
    }
}

/// The tensors that make up one weight `[outputs, inputs]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    packing: Packing,
    /// Bits of a quant: 2, 4 or 8.
    bits: usize,
    /// Inputs that share a scale, where these lie in order.
    group: usize,
    /// What is added to a stored zero: GPTQ's first format stores one less.
    zero_offset: u32,
    quants: TensorInfo,
    scales: TensorInfo,
    /// Zeros in words, or offsets in the type of the scales.
    zeros: TensorInfo,
    /// The group of each input.
    groups: Option<TensorInfo>,
}

/// The numbers of a weight's tensors.
#[derive(Debug, Default)]
struct Numbers {
    quants: Vec<u32>,
    scales: Vec<f32>,
    /// Zeros in words (GPTQ, AWQ).
    zeros: Vec<u32>,
    /// Offsets (MLX).
    offsets: Vec<f32>,
    /// The group of each input (GPTQ).
    groups: Vec<u32>,
}

/// The numbers of the weights read last: a weight is read by groups of rows, two of them in turn
/// where their rows alternate, and words along the outputs mix the rows.
#[derive(Debug, Default)]
pub(super) struct Kept(RefCell<Vec<(String, Rc<Numbers>)>>);

impl Kept {
    fn get(&self, name: &str) -> Option<Rc<Numbers>> {
        let kept = self.0.borrow();
        let found = kept.iter().find(|(kept, _)| kept == name);
        found.map(|(_, numbers)| Rc::clone(numbers))
    }

    fn put(&self, name: &str, numbers: &Rc<Numbers>) {
        const MOST: usize = 2;
        let mut kept = self.0.borrow_mut();
        if kept.len() == MOST {
            kept.remove(0);
        }
        kept.push((name.to_owned(), Rc::clone(numbers)));
    }
}

impl Packed {
    /// Appends the weights of rows `rows`, `[rows, inputs]`, to `out`.
    ///
    /// # Errors
    /// `bad_file` when a file is too short or a group is not there; whatever `files` reports.
    pub(super) async fn read<F: Files>(
        &self,
        (files, kept): (&F, &Kept),
        (outputs, inputs): (usize, usize),
        rows: Range<usize>,
        out: &mut Vec<f32>,
    ) -> Result<()> {
        let shape = Shape {
            outputs,
            inputs,
            bits: self.bits,
            group: self.group,
        };
        match self.packing {
            Packing::Gptq => {
                let numbers = self.whole(files, kept).await?;
                gptq::check_groups(&self.quants, &numbers, &shape)?;
                gptq::unpack(&numbers, &shape, self.zero_offset, rows, out);
            }
            Packing::Awq => awq::unpack(&*self.whole(files, kept).await?, &shape, rows, out),
            Packing::Mlx => mlx::unpack(&self.read_rows(files, rows).await?, &shape, out),
        }
        Ok(())
    }

    /// All numbers, read once.
    async fn whole<F: Files>(&self, files: &F, kept: &Kept) -> Result<Rc<Numbers>> {
        let name = &self.quants.name;
        if let Some(numbers) = kept.get(name) {
            return Ok(numbers);
        }
        let numbers = Rc::new(self.read_whole(files).await?);
        kept.put(name, &numbers);
        Ok(numbers)
    }

    async fn read_whole<F: Files>(&self, files: &F) -> Result<Numbers> {
        let groups = match &self.groups {
            Some(groups) => words(files, groups, 0..groups.rows()).await?,
            None => Vec::new(),
        };
        Ok(Numbers {
            quants: words(files, &self.quants, 0..self.quants.rows()).await?,
            scales: floats(files, &self.scales, 0..self.scales.rows()).await?,
            zeros: words(files, &self.zeros, 0..self.zeros.rows()).await?,
            offsets: Vec::new(),
            groups,
        })
    }

    /// The numbers of some rows.
    async fn read_rows<F: Files>(&self, files: &F, rows: Range<usize>) -> Result<Numbers> {
        Ok(Numbers {
            quants: words(files, &self.quants, rows.clone()).await?,
            scales: floats(files, &self.scales, rows.clone()).await?,
            offsets: floats(files, &self.zeros, rows).await?,
            ..Numbers::default()
        })
    }

    /// Bytes of all its tensors.
    fn bytes(&self) -> u64 {
        let groups = self.groups.as_ref().map_or(0, |groups| groups.bytes);
        self.quants.bytes + self.scales.bytes + self.zeros.bytes + groups
    }
}

/// Sizes that unpacking needs.
struct Shape {
    outputs: usize,
    inputs: usize,
    bits: usize,
    group: usize,
}

impl Shape {
    /// Quants a word.
    fn per_word(&self) -> usize {
        32 / self.bits
    }

    /// Quant `place` of a word, the lowest bits first.
    fn quant(&self, word: u32, place: usize) -> u32 {
        word >> (place * self.bits) & (u32::MAX >> (32 - self.bits))
    }
}

async fn bytes<F: Files>(files: &F, tensor: &TensorInfo, rows: Range<usize>) -> Result<Vec<u8>> {
    let row = tensor.row_bytes();
    let start = tensor.offset + rows.start as u64 * row;
    read_exactly(files, &tensor.file, start, rows.len() as u64 * row).await
}

async fn words<F: Files>(files: &F, tensor: &TensorInfo, rows: Range<usize>) -> Result<Vec<u32>> {
    let bytes = bytes(files, tensor, rows).await?;
    let words = bytes.as_chunks::<4>().0.iter();
    Ok(words.map(|word| u32::from_le_bytes(*word)).collect())
}

async fn floats<F: Files>(files: &F, tensor: &TensorInfo, rows: Range<usize>) -> Result<Vec<f32>> {
    let mut values = Vec::new();
    let bytes = bytes(files, tensor, rows).await?;
    tensor.dtype.widen(&bytes, &mut values);
    Ok(values)
}

type Tensors = BTreeMap<String, TensorInfo>;

/// Puts one weight in the place of each group of packed tensors. Tensors that are not packed stay,
/// and where none is, nothing is read.
///
/// # Errors
/// `unsupported_model` for a packing that is not known; `bad_file` when tensors do not fit
/// together.
pub(super) async fn resolve<F: Files>(files: &F, mut tensors: Tensors) -> Result<Tensors> {
    let stems = stems(&tensors);
    if stems.is_empty() {
        return Ok(tensors);
    }
    let settings = Settings::read(files).await?;
    for stem in stems {
        let (packed, (outputs, inputs)) = match settings.packing {
            Packing::Gptq => gptq::find(&mut tensors, &stem, &settings)?,
            Packing::Awq => awq::find(&mut tensors, &stem, &settings)?,
            Packing::Mlx => mlx::find(&mut tensors, &stem, &settings)?,
        };
        let name = format!("{stem}.weight");
        let info = TensorInfo {
            name: name.clone(),
            dtype: SourceDtype::Packed(packed.packing),
            shape: vec![outputs, inputs],
            file: Arc::clone(&packed.quants.file),
            offset: packed.quants.offset,
            bytes: packed.bytes(),
            order: RowOrder::Plain,
            packed: Some(Arc::new(packed)),
        };
        if tensors.insert(name.clone(), info).is_some() {
            return Err(Error::bad_file(format!(
                "tensor {name:?} is in the checkpoint both packed and not; convert it again"
            )));
        }
    }
    Ok(tensors)
}

/// What packed tensors' names have in common: those before ".qweight", or before ".scales" where
/// the weight itself is words.
fn stems(tensors: &Tensors) -> Vec<String> {
    let is_words = |stem: &str| {
        let weight = tensors.get(&format!("{stem}.weight"));
        weight.is_some_and(|weight| weight.dtype == SourceDtype::Other("U32"))
    };
    let stem = |name: &String| {
        let words = || name.strip_suffix(".scales").filter(|stem| is_words(stem));
        name.strip_suffix(".qweight")
            .or_else(words)
            .map(str::to_owned)
    };
    tensors.keys().filter_map(stem).collect()
}

/// Takes the part `name` of a packed weight from the tensors; `fits` says whether its type will do.
fn part(
    tensors: &mut Tensors,
    stem: &str,
    name: &str,
    fits: impl Fn(SourceDtype) -> bool,
) -> Result<TensorInfo> {
    let full = format!("{stem}.{name}");
    let Some(tensor) = tensors.remove(&full) else {
        return Err(Error::new(
            crate::ErrorCode::MissingTensor,
            format!("missing tensor {full:?}, which belongs to the packed weight {stem:?}"),
        ));
    };
    match fits(tensor.dtype) && tensor.shape.len() <= 2 {
        true => Ok(tensor),
        false => Err(Error::bad_file(format!(
            "tensor {full:?} is {} {:?}, which no packed weight has there",
            tensor.dtype, tensor.shape
        ))),
    }
}

fn is_words(dtype: SourceDtype) -> bool {
    matches!(dtype, SourceDtype::Other("I32" | "U32"))
}

fn is_floats(dtype: SourceDtype) -> bool {
    matches!(
        dtype,
        SourceDtype::F32 | SourceDtype::F16 | SourceDtype::BF16
    )
}

/// Checks that a part has the shape that the others make it have.
fn check_shape(tensor: &TensorInfo, expected: [usize; 2]) -> Result<()> {
    if tensor.shape == expected {
        return Ok(());
    }
    Err(Error::bad_file(format!(
        "tensor {:?} is {:?}, but the rest of its packed weight makes it {expected:?}; the \
         checkpoint is damaged, or its config.json is of another one",
        tensor.name, tensor.shape
    )))
}
