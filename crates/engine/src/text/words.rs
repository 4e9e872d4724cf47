//! How tokenizers cut text into words before the byte-pair encoding, by llama.cpp's names for it
//! (`tokenizer.ggml.pre`). The patterns are those of the models' own `tokenizer.json`.

use serde_json::{Value, json};

use crate::{Error, Result};

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// One after the other: llama.cpp cuts so where the converter knew no name.
const DEFAULT: [&str; 4] = [r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", r"[0-9][0-9][0-9]"];

/// The parts of a `tokenizer.json` that come before the encoding of a word.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub normalizer: Value,
    pub pre_tokenizer: Value,
    /// A word that is a token is that token, whatever the merges make of it.
    pub ignore_merges: bool,
}

/// The way called `name`.
///
/// # Errors
/// `unsupported_model` for a name that is not known.
pub(super) fn of(name: &str) -> Result<Words> {
    let (patterns, normalizer, ignore_merges): (&[&str], _, _) = match name {
        "gpt-2" | "gpt2" | "phi-2" | "olmo" | "mpt" => (&[GPT2], Value::Null, false),
        "smollm" | "starcoder" | "refact" | "codeshell" => (&[r"\p{N}", GPT2], Value::Null, false),
        "qwen2" | "deepseek-r1-qwen" => (&[QWEN2], json!({"type": "NFC"}), false),
        "llama-bpe" | "llama3" | "llama-v3" => (&[LLAMA3], Value::Null, true),
        "default" => (&DEFAULT, Value::Null, false),
        _ => {
            return Err(Error::unsupported(format!(
                "the GGUF file's tokenizer cuts words as \"{name}\" does, which is not known; \
                 gpt-2, smollm, qwen2, llama-bpe and default are: use a file that keeps its \
                 tokenizer.json, such as `unmask convert` writes"
            )));
        }
    };
    let splits = patterns.iter().map(|pattern| {
        json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated",
            "invert": false})
    });
    let bytes = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false,
        "use_regex": false});
    let stages: Vec<Value> = splits.chain([bytes]).collect();
    Ok(Words {
        normalizer,
        pre_tokenizer: json!({"type": "Sequence", "pretokenizers": stages}),
        ignore_merges,
    })
}
