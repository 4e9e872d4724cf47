//! Any checkpoint that loads, as one GGUF file.
//!
//! The file keeps the checkpoint's small files text for text, its tensors' names and its tokenizer,
//! so that it loads as the checkpoint does. Beside them stand the entries of llama.cpp and
//! `diffusion.*`, for other readers; ours does not need them.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Conventions, documents};
use crate::decode::Vocabulary;
use crate::error::{Error, Result};
use crate::loader::{self, Progress, Stage};
use crate::model::{Attention, LogitShift, ModelSpec, Parameter, Positions, Source};
use crate::recipe::Recipe;
use crate::text::TextCodec;
use crate::weights::gguf::{HeaderWriter, kept, padding};
use crate::weights::{Assembly, Checkpoint, Files, Format, SourceDtype, TensorInfo};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Converted {
    /// Bytes of the file.
    pub bytes: u64,
    /// Tensors of each type.
    pub dtypes: BTreeMap<String, usize>,
}

/// Tensors that somebody rounded: by name, their blocks as a file has them.
pub type Blocks = BTreeMap<String, Vec<u8>>;

/// A tensor to write, and in which format; `None` for the f32 of a vector.
struct Piece<'a> {
    tensor: &'a TensorInfo,
    format: Option<Format>,
}

impl Piece<'_> {
    fn dtype(&self) -> SourceDtype {
        self.format.map_or(SourceDtype::F32, Format::source_dtype)
    }

    fn bytes(&self) -> u64 {
        // Formats were chosen to suit the columns.
        let row = self.dtype().bytes(self.tensor.columns() as u64);
        row.unwrap_or(0) * self.tensor.rows() as u64
    }
}

/// Writes the checkpoint in `files` as a GGUF file to `sink`, piece by piece from its first byte on.
/// Equal checkpoints and recipes give equal bytes. In memory at a time: a row group.
///
/// # Errors
/// As [`load`](super::load), save those of a device; whatever `sink` returns.
pub async fn convert<F: Files>(
    files: F,
    recipe: &Recipe,
    sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Converted> {
    convert_with(files, recipe, &Blocks::new(), sink, progress).await
}

/// As [`convert`], with the tensors in `blocks` as they are there; the others are rounded to the nearest.
///
/// # Errors
/// As [`convert`]; `bad_input` for blocks that are not those of their tensor's format.
pub async fn convert_with<F: Files>(
    files: F,
    recipe: &Recipe,
    blocks: &Blocks,
    sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Converted> {
    let checkpoint = Checkpoint::open(files).await?;
    let documents::Read {
        config,
        text,
        architecture,
    } = documents::read(&checkpoint, &Conventions::default()).await?;
    let generation = documents::generation_config(&checkpoint).await?;
    let vocabulary = super::vocabulary(architecture.spec(), &[&config, &generation], &text)?;

    let pieces = pieces(&checkpoint, &architecture.parameters(), recipe)?;
    let mut header = HeaderWriter::new();
    facts(architecture.spec(), &mut header);
    ids(architecture.spec(), &vocabulary, &mut header);
    keep_documents(&checkpoint, &text, &mut header).await?;
    let mut converted = Converted {
        bytes: 0,
        dtypes: add_tensors(&pieces, &mut header),
    };
    let mut counted = |bytes: &[u8]| {
        converted.bytes += bytes.len() as u64;
        sink(bytes)
    };
    counted(&header.finish())?;
    write_pieces(&checkpoint, (&pieces, blocks), &mut counted, progress).await?;
    Ok(converted)
}

/// Adds the tensors to the header; how many there are of each type.
fn add_tensors(pieces: &[Piece<'_>], header: &mut HeaderWriter) -> BTreeMap<String, usize> {
    let mut dtypes = BTreeMap::new();
    for piece in pieces {
        let TensorInfo { name, shape, .. } = piece.tensor;
        header.tensor(name, shape, piece.dtype(), piece.bytes());
        *dtypes.entry(piece.dtype().to_string()).or_insert(0) += 1;
    }
    dtypes
}

async fn write_pieces<F: Files>(
    checkpoint: &Checkpoint<F>,
    (pieces, blocks): (&[Piece<'_>], &Blocks),
    sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    progress: &mut dyn FnMut(Progress),
) -> Result<()> {
    let total = pieces.iter().map(|piece| piece.tensor.bytes).sum();
    let mut loaded = 0;
    for piece in pieces {
        match blocks.get(&piece.tensor.name) {
            Some(blocks) => write_blocks(piece, blocks, sink)?,
            None => write_piece(checkpoint, piece, sink).await?,
        }
        loaded += piece.tensor.bytes;
        progress(Progress {
            stage: Stage::Download,
            loaded,
            total,
        });
    }
    Ok(())
}

/// The tensors that the architecture loads, in its order.
fn pieces<'a, F: Files>(
    checkpoint: &'a Checkpoint<F>,
    parameters: &[Parameter],
    recipe: &Recipe,
) -> Result<Vec<Piece<'a>>> {
    let layers = loader::layers(parameters);
    let mut pieces = Vec::new();
    for parameter in parameters {
        parameter.check(checkpoint)?;
        // As the loader chooses it, so that the file loads as its checkpoint does.
        let format = recipe.format(parameter.name, layers, parameter.block_type(checkpoint));
        for name in parameter.tensors() {
            let tensor = checkpoint.require(name)?;
            let is_written = |piece: &Piece| piece.tensor.name == tensor.name;
            if pieces.iter().any(is_written) {
                continue;
            }
            let is_quantized = parameter.shape.weight().is_some() && lies_in_rows(parameter);
            let format = is_quantized.then(|| format.for_columns(tensor.columns()));
            pieces.push(Piece { tensor, format });
        }
    }
    Ok(pieces)
}

/// Whether the rows of a parameter are rows of its tensors. Blocks go along rows, so that a matrix
/// that is stored column by column stays f32.
fn lies_in_rows(parameter: &Parameter) -> bool {
    match &parameter.source {
        Source::Stored(assembly) => !matches!(assembly, Assembly::Transposed(_)),
        Source::Computed(_) => false,
    }
}

fn write_blocks(
    piece: &Piece<'_>,
    blocks: &[u8],
    sink: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    if blocks.len() as u64 != piece.bytes() {
        let (name, dtype) = (&piece.tensor.name, piece.dtype());
        return Err(Error::bad_input(format!(
            "the blocks of tensor {name:?} are {} bytes, but as {dtype} it has {}",
            blocks.len(),
            piece.bytes()
        )));
    }
    sink(blocks)?;
    sink(&vec![0; padding(piece.bytes()) as usize])
}

async fn write_piece<F: Files>(
    checkpoint: &Checkpoint<F>,
    piece: &Piece<'_>,
    sink: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let assembly = Assembly::Stacked(vec![piece.tensor.name.clone()]);
    let (rows, columns) = (piece.tensor.rows(), piece.tensor.columns());
    // A vector is one row of f32.
    let format = piece.format.unwrap_or(Format::F32);
    let group = |group: Range<usize>, planes| {
        let mut blocks = Vec::new();
        format.join_blocks(&planes, group.len() * columns, &mut blocks);
        sink(&blocks)
    };
    checkpoint
        .read_row_groups(&assembly, 0..rows, format, group)
        .await?;
    sink(&vec![0; padding(piece.bytes()) as usize])
}

/// Keeps the small files. What `quantization_config` says holds of the tensors that were read, not
/// of those that are written.
async fn keep_documents<F: Files>(
    checkpoint: &Checkpoint<F>,
    text: &TextCodec,
    header: &mut HeaderWriter,
) -> Result<()> {
    let mut config = documents::config_json(checkpoint).await?;
    if let Some(fields) = config.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "quantization_config" | "quantization"));
    }
    header.text(kept::CONFIG, &config.to_string());
    let generation = documents::generation_config_json(checkpoint).await?;
    if generation
        .as_object()
        .is_some_and(|fields| !fields.is_empty())
    {
        header.text(kept::GENERATION_CONFIG, &generation.to_string());
    }
    let files = documents::tokenizer_files(checkpoint).await?;
    header.text(kept::TOKENIZER, utf8("tokenizer.json", &files.tokenizer)?);
    if let Some(bytes) = &files.config {
        let mut config: Map<String, Value> = serde_json::from_slice(bytes)
            .map_err(|error| Error::bad_file(format!("tokenizer_config.json: {error}")))?;
        // The template that counts is kept under its usual name.
        config.remove("chat_template");
        header.text(kept::TOKENIZER_CONFIG, &Value::Object(config).to_string());
    }
    if let Some(template) = text.chat_template() {
        header.text(kept::CHAT_TEMPLATE, template);
    }
    Ok(())
}

fn utf8<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str> {
    std::str::from_utf8(bytes)
        .map_err(|_| Error::bad_file(format!("{file} is not UTF-8 text; get the file again")))
}

/// The shape of the network, as llama.cpp names it.
fn facts(spec: &ModelSpec, header: &mut HeaderWriter) {
    let family = &spec.architecture;
    header.text("general.architecture", family);
    header.number("general.quantization_version", 2);
    for (key, size) in [
        ("block_count", spec.layers),
        ("context_length", spec.context),
        ("embedding_length", spec.hidden),
        ("feed_forward_length", spec.ffn),
        ("attention.head_count", spec.query_heads),
        ("attention.head_count_kv", spec.key_heads),
        ("attention.key_length", spec.head_dim),
        ("vocab_size", spec.vocabulary),
    ] {
        header.number(&format!("{family}.{key}"), size as u32);
    }
    header.real(
        &format!("{family}.attention.layer_norm_rms_epsilon"),
        spec.eps,
    );
    if let Positions::Rotary(rotary) = spec.positions {
        header.real(&format!("{family}.rope.freq_base"), rotary.theta as f32);
    }
    let causal = spec.attention == Attention::Causal;
    header.flag(&format!("{family}.attention.causal"), causal);
    if !causal {
        header.flag("diffusion.shift_logits", spec.shift == LogitShift::Next);
    }
    if let Attention::BlockCausal(block) = spec.attention {
        header.number("diffusion.block_size", block);
    }
}

/// The tokens with a meaning, as llama.cpp names them.
fn ids(spec: &ModelSpec, vocabulary: &Vocabulary, header: &mut HeaderWriter) {
    let mut id = |name: &str, id: Option<u32>| {
        if let Some(id) = id {
            header.number(&format!("tokenizer.ggml.{name}_token_id"), id);
        }
    };
    // An open position of a causal model has an id behind its vocabulary, which is no token.
    let mask = Some(vocabulary.mask_id).filter(|&id| (id as usize) < spec.vocabulary);
    id("mask", mask);
    id("padding", vocabulary.pad_id);
    id("eos", vocabulary.stop_ids.first().copied());
    id("eot", vocabulary.stop_ids.get(1).copied());
    header.ids("diffusion.stop_token_ids", &vocabulary.stop_ids);
}
