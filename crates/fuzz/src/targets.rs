//! The parsers of what strangers write.

use pollster::block_on;
use unmask_engine::session::inspect;
use unmask_engine::text::{ChatMessage, TextCodec};
use unmask_engine::weights::{Assembly, Checkpoint, Files, Format, Memory};
use unmask_engine::{Error, Result};
use unmask_torch::TorchFolder;

use crate::seeds;

/// A parser and files that it accepts.
#[derive(Debug)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Good files.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// What becomes of a file: everything that loading would do with it, save computing.
    pub parse: fn(&[u8]) -> Result<()>,
}

/// All targets.
pub const TARGETS: [Target; 8] = [
    Target {
        name: "safetensors",
        seeds: || vec![seeds::kinds(), seeds::weights()],
        parse: safetensors,
    },
    Target {
        name: "index",
        seeds: || vec![seeds::INDEX.into()],
        parse: index,
    },
    Target {
        name: "gguf_part",
        seeds: || vec![seeds::gguf_part(2), seeds::gguf_part(1)],
        parse: gguf_part,
    },
    Target {
        name: "gguf",
        seeds: || {
            vec![
                seeds::gguf("llama"),
                seeds::gguf("qwen3"),
                seeds::kept_gguf(),
            ]
        },
        parse: gguf,
    },
    Target {
        name: "config",
        seeds: || vec![seeds::CONFIG.into()],
        parse: config,
    },
    Target {
        name: "tokenizer",
        seeds: || vec![seeds::TOKENIZER.into(), seeds::WORD_PIECE.into()],
        parse: tokenizer,
    },
    Target {
        name: "tokenizer_config",
        seeds: || vec![seeds::TOKENIZER_CONFIG.into()],
        parse: tokenizer_config,
    },
    Target {
        name: "torch",
        seeds: || {
            vec![
                seeds::torch(seeds::PICKLE),
                seeds::torch(seeds::FRAMED_PICKLE),
            ]
        },
        parse: torch,
    },
];

/// Rows of a tensor that are read: enough to meet what is wrong with its bytes.
const MOST_ROWS: usize = 64;

/// Opens the checkpoint and reads every tensor as f32 and in a resident format.
fn read_all<F: Files>(files: &F) -> Result<()> {
    let checkpoint = block_on(Checkpoint::open(files))?;
    let names: Vec<String> = checkpoint.names().map(str::to_owned).collect();
    let mut first_error = Ok(());
    for name in names {
        let tensor = checkpoint.require(&name)?;
        let rows = 0..tensor.rows().min(MOST_ROWS);
        let format = Format::Q4_0.for_columns(tensor.columns());
        let mut out = Vec::new();
        let read = block_on(checkpoint.read_rows_f32(&name, rows.clone(), &mut out));
        let weight = Assembly::Stacked(vec![name]);
        let packed = checkpoint.read_rows_packed(&weight, rows, format, |_, _| Ok(()));
        first_error = first_error.and(read).and(block_on(packed));
    }
    first_error
}

fn safetensors(bytes: &[u8]) -> Result<()> {
    let packing =
        r#"{"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 4}}"#;
    let files = Memory::new()
        .with("model.safetensors", bytes)
        .with("config.json", packing);
    read_all(&files)
}

fn index(bytes: &[u8]) -> Result<()> {
    let shard = |name: &str| {
        let header =
            format!(r#"{{"{name}": {{"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}}}"#);
        seeds::safetensors(&header, &[0; 4])
    };
    let files = Memory::new()
        .with("model.safetensors.index.json", bytes)
        .with("one.safetensors", shard("a"))
        .with("two.safetensors", shard("b"));
    read_all(&files)
}

/// Describes the model as `unmask inspect` does: its first problem is the answer.
fn describe(files: &Memory) -> Result<()> {
    let inspection = block_on(inspect(files))?;
    match inspection.problems.into_iter().next() {
        None => Ok(()),
        Some(problem) => Err(Error::bad_file(problem)),
    }
}

fn gguf(bytes: &[u8]) -> Result<()> {
    let files = Memory::new().with("model.gguf", bytes);
    read_all(&files)?;
    describe(&files)
}

/// A part among good ones: the first by its own claim, else the second.
fn gguf_part(bytes: &[u8]) -> Result<()> {
    let files = Memory::new().with("model-00002-of-00002.gguf", seeds::gguf_part(2));
    let first = read_all(&files.with("model.gguf", bytes));
    let files = Memory::new().with("model.gguf", seeds::gguf_part(1));
    first.or(read_all(&files.with("model-00002-of-00002.gguf", bytes)))
}

fn config(bytes: &[u8]) -> Result<()> {
    let files = Memory::new()
        .with("config.json", bytes)
        .with("generation_config.json", bytes)
        .with("model.safetensors", seeds::weights())
        .with("tokenizer.json", seeds::PLAIN_TOKENIZER);
    describe(&files)
}

fn torch(bytes: &[u8]) -> Result<()> {
    read_all(&TorchFolder::new(
        Memory::new().with("pytorch_model.bin", bytes),
    ))
}

fn tokenizer(bytes: &[u8]) -> Result<()> {
    let codec = TextCodec::from_bytes(bytes, None, None)?;
    let ids = codec.encode("ab a<|mask|>b \u{e9}\n")?;
    let shown: usize = codec.pieces(&ids, 1).iter().map(String::len).sum();
    let all: Vec<u32> = (0..16).chain([u32::MAX]).collect();
    std::hint::black_box((shown, codec.decode(&all), codec.pieces(&all, 3)));
    std::hint::black_box((codec.mask_token_id(), codec.ids_with_line_breaks(16)));
    Ok(())
}

fn tokenizer_config(bytes: &[u8]) -> Result<()> {
    let codec = TextCodec::from_bytes(seeds::PLAIN_TOKENIZER.as_bytes(), Some(bytes), None)?;
    std::hint::black_box(codec.mask_token_id());
    match codec.has_chat_template() {
        true => codec.chat(&[ChatMessage::user("ab")]).map(|_| ()),
        false => Ok(()),
    }
}
