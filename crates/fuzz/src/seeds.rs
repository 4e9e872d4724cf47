//! Files that are good, small enough to be spoiled often.

use std::io::{Cursor, Write as _};

use unmask_engine::weights::gguf::HeaderWriter;
use unmask_engine::weights::{BlockType, SourceDtype};

/// The configuration of [`WEIGHTS`]: one layer of a masked qwen3.
pub const CONFIG: &str = r#"{"model_type": "qwen3", "architectures": ["Qwen3ForMaskedDiffusion"],
 "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
 "num_key_value_heads": 1, "head_dim": 4, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
 "vocab_size": 6, "max_position_embeddings": 16, "tie_word_embeddings": true, "mask_token_id": 1,
 "eos_token_id": [0], "pad_token_id": 0, "block_size": 4, "rope_scaling": null}"#;

/// The tensors of that layer: names and shapes.
const WEIGHTS: [(&str, &[usize]); 13] = [
    ("model.embed_tokens.weight", &[6, 8]),
    ("model.layers.0.input_layernorm.weight", &[8]),
    ("model.layers.0.self_attn.q_proj.weight", &[8, 8]),
    ("model.layers.0.self_attn.k_proj.weight", &[4, 8]),
    ("model.layers.0.self_attn.v_proj.weight", &[4, 8]),
    ("model.layers.0.self_attn.o_proj.weight", &[8, 8]),
    ("model.layers.0.self_attn.q_norm.weight", &[4]),
    ("model.layers.0.self_attn.k_norm.weight", &[4]),
    ("model.layers.0.post_attention_layernorm.weight", &[8]),
    ("model.layers.0.mlp.gate_proj.weight", &[8, 8]),
    ("model.layers.0.mlp.up_proj.weight", &[8, 8]),
    ("model.layers.0.mlp.down_proj.weight", &[8, 8]),
    ("model.norm.weight", &[8]),
];

/// A byte-level tokenizer of six tokens.
pub const TOKENIZER: &str = r#"{"version": "1.0", "truncation": null, "padding": null,
 "added_tokens": [{"id": 0, "content": "<|end|>", "single_word": false, "lstrip": false,
  "rstrip": false, "normalized": false, "special": true}, {"id": 1, "content": "<|mask|>",
  "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
 "normalizer": {"type": "NFC"}, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
  {"type": "Split", "pattern": {"Regex": " ?\\p{L}+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated",
   "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
   "use_regex": false}]}, "post_processor": null, "decoder": {"type": "ByteLevel",
  "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
 "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
  "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
  "vocab": {"<|end|>": 0, "<|mask|>": 1, "a": 2, "b": 3, "ab": 4, "Ġ": 5}, "merges": [["a", "b"]]}}"#;

/// The same six tokens without a pattern, which would take most of the time of every file of a target
/// that spoils something else.
pub const PLAIN_TOKENIZER: &str = r#"{"version": "1.0", "added_tokens": [
 {"id": 0, "content": "<|end|>", "single_word": false, "lstrip": false, "rstrip": false,
  "normalized": false, "special": true}, {"id": 1, "content": "<|mask|>", "single_word": false,
  "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
 "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": {"type": "ByteLevel",
  "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
 "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
  "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
  "vocab": {"<|end|>": 0, "<|mask|>": 1, "a": 2, "b": 3, "ab": 4, "Ġ": 5}, "merges": [["a", "b"]]}}"#;

/// A tokenizer as BERT has it.
pub const WORD_PIECE: &str = r###"{"version": "1.0", "truncation": null, "padding": null,
 "added_tokens": [{"id": 1, "content": "[MASK]", "single_word": false, "lstrip": false,
  "rstrip": false, "normalized": false, "special": true}],
 "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
  "strip_accents": null, "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"},
 "post_processor": null, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
  "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "[MASK]": 1, "a": 2, "##b": 3}}}"###;

/// A configuration of that tokenizer.
pub const TOKENIZER_CONFIG: &str = r#"{"eos_token": "<|end|>",
 "mask_token": {"content": "<|mask|>"},
 "chat_template": "{% for m in messages %}{% if m.role == 'user' %}a{{ m.content | trim }}{% endif %}{% endfor %}{{ eos_token }}"}"#;

/// A list of shards.
pub const INDEX: &str = r#"{"metadata": {"total_size": 8}, "weight_map": {"a":
 "one.safetensors", "b": "two.safetensors"}}"#;

/// A safetensors file: the length of the header, the header, the data.
#[must_use]
pub fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), data].concat()
}

/// The weights of the small model as safetensors, all of them ones.
#[must_use]
pub fn weights() -> Vec<u8> {
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    for (name, shape) in WEIGHTS {
        let begin = data.len();
        let count = shape.iter().product();
        data.extend([1.0_f32].repeat(count).iter().flat_map(|w| w.to_le_bytes()));
        let end = data.len();
        entries.push(format!(
            r#""{name}": {{"dtype": "F32", "shape": {shape:?}, "data_offsets": [{begin}, {end}]}}"#
        ));
    }
    safetensors(&format!("{{{}}}", entries.join(", ")), &data)
}

/// A safetensors file of every readable kind, and one packed as GPTQ does.
#[must_use]
pub fn kinds() -> Vec<u8> {
    let header = r#"{"__metadata__": {"format": "pt"},
 "f": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
 "h": {"dtype": "F16", "shape": [2], "data_offsets": [24, 28]},
 "b": {"dtype": "BF16", "shape": [], "data_offsets": [28, 30]},
 "i": {"dtype": "I64", "shape": [1], "data_offsets": [30, 38]},
 "p.g_idx": {"dtype": "I32", "shape": [8], "data_offsets": [38, 70]},
 "p.qweight": {"dtype": "I32", "shape": [1, 8], "data_offsets": [70, 102]},
 "p.qzeros": {"dtype": "I32", "shape": [2, 1], "data_offsets": [102, 110]},
 "p.scales": {"dtype": "F16", "shape": [2, 8], "data_offsets": [110, 142]}}"#;
    let mut data = vec![0; 142];
    // Inputs 4 to 7 are of the second group.
    for input in 4..8 {
        data[38 + 4 * input] = 1;
    }
    safetensors(header, &data)
}

/// llama.cpp's names of the small model's tensors, in the order of [`WEIGHTS`].
const GGML_NAMES: [&str; 13] = [
    "token_embd.weight",
    "blk.0.attn_norm.weight",
    "blk.0.attn_q.weight",
    "blk.0.attn_k.weight",
    "blk.0.attn_v.weight",
    "blk.0.attn_output.weight",
    "blk.0.attn_q_norm.weight",
    "blk.0.attn_k_norm.weight",
    "blk.0.ffn_norm.weight",
    "blk.0.ffn_gate.weight",
    "blk.0.ffn_up.weight",
    "blk.0.ffn_down.weight",
    "output_norm.weight",
];

/// The small model as llama.cpp's converter writes it, for an architecture.
#[must_use]
pub fn gguf(architecture: &str) -> Vec<u8> {
    let mut header = HeaderWriter::new();
    header.text("general.architecture", architecture);
    for (key, value) in [
        ("block_count", 1),
        ("context_length", 16),
        ("embedding_length", 8),
        ("feed_forward_length", 8),
        ("attention.head_count", 2),
        ("attention.head_count_kv", 1),
        ("attention.key_length", 4),
    ] {
        header.number(&format!("{architecture}.{key}"), value);
    }
    header.real(
        &format!("{architecture}.attention.layer_norm_rms_epsilon"),
        1e-6,
    );
    header.flag(&format!("{architecture}.attention.causal"), false);
    header.text("tokenizer.ggml.model", "gpt2");
    header.text("tokenizer.ggml.pre", "qwen2");
    header.texts(
        "tokenizer.ggml.tokens",
        &["<|end|>", "<|mask|>", "a", "b", "ab", "Ġ"],
    );
    header.ids("tokenizer.ggml.token_type", &[3, 3, 1, 1, 1, 1]);
    header.texts("tokenizer.ggml.merges", &["a b"]);
    header.number("tokenizer.ggml.eos_token_id", 0);
    header.number("tokenizer.ggml.mask_token_id", 1);
    header.text("tokenizer.chat_template", "{{ messages[0].content }}");
    let tensors = GGML_NAMES.iter().zip(WEIGHTS);
    for (name, (_, shape)) in tensors {
        let count: usize = shape.iter().product();
        header.tensor(name, shape, SourceDtype::F32, 4 * count as u64);
    }
    // One of each block type, which no network wants.
    for kind in BlockType::ALL {
        let name = format!("extra.{}", kind.as_str());
        let shape = [1, kind.weights()];
        header.tensor(&name, &shape, SourceDtype::Block(kind), kind.bytes() as u64);
    }
    let mut bytes = header.finish();
    bytes.resize(bytes.len() + 5000, 0);
    bytes
}

/// A file as `unmask convert` writes it: the small files kept.
#[must_use]
pub fn kept_gguf() -> Vec<u8> {
    let mut header = HeaderWriter::new();
    header.text("general.architecture", "qwen3");
    header.text("unmask.config", CONFIG);
    header.text("unmask.tokenizer_config", TOKENIZER_CONFIG);
    header.text("tokenizer.huggingface.json", TOKENIZER);
    for (name, shape) in WEIGHTS {
        let count: usize = shape.iter().product();
        header.tensor(name, shape, SourceDtype::F32, 4 * count as u64);
    }
    let mut bytes = header.finish();
    bytes.resize(bytes.len() + 3000, 0);
    bytes
}

/// A part of two of a GGUF model, with one vector of its own.
#[must_use]
pub fn gguf_part(number: u32) -> Vec<u8> {
    let mut header = HeaderWriter::new();
    header.text("general.architecture", "llama");
    header.number("split.no", number - 1);
    header.number("split.count", 2);
    header.number("split.tensors.count", 2);
    header.tensor(&format!("part.{number}"), &[4], SourceDtype::F32, 16);
    let mut bytes = header.finish();
    bytes.resize(bytes.len() + 16, 0);
    bytes
}

/// `{"w": a matrix [2, 2] of storage 0, "b": a vector [2] of storage 1}`, as torch.save pickles it.
pub const PICKLE: &[u8] = b"\x80\x02}q\x00(X\x01\x00\x00\x00wq\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02\
    ((X\x07\x00\x00\x00storageq\x03ctorch\nFloatStorage\nq\x04X\x01\x00\x00\x000q\x05X\x03\x00\x00\x00cpuq\x06K\x04tq\x07\
    QK\x00K\x02K\x02\x86q\x08K\x02K\x01\x86q\x09\x89ccollections\nOrderedDict\nq\x0a)Rq\x0btq\x0cRq\x0d\
    X\x01\x00\x00\x00bq\x0eh\x02((h\x03ctorch\nHalfStorage\nq\x0fX\x01\x00\x00\x001q\x10h\x06K\x02tq\x11Q\
    K\x00K\x02\x85q\x12K\x01\x85q\x13\x89h\x0a)Rq\x14tq\x15Rq\x16u.";

/// `{"w": a vector [2] of storage 1}`, as later protocols have it.
pub const FRAMED_PICKLE: &[u8] = b"\x80\x04\x95\x70\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01w\x94\
    \x8c\x0ctorch._utils\x94\x8c\x12_rebuild_tensor_v2\x94\x93\x94((\x8c\x07storage\x94\x8c\x05torch\x94\
    \x8c\x0bHalfStorage\x94\x93\x94\x8c\x011\x94\x8c\x03cpu\x94K\x02t\x94QK\x00K\x02\x85\x94K\x01\x85\x94\
    \x89\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94t\x94R\x94s.";

/// An archive as torch.save makes one, with two storages.
///
/// # Panics
/// Never: it is written to memory.
#[must_use]
pub fn torch(pickle: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in [
        ("a/data.pkl", pickle),
        ("a/byteorder", b"little"),
        ("a/data/0", &[0; 16]),
        ("a/data/1", &[0; 4]),
        ("a/version", b"3\n"),
    ] {
        zip.start_file(name, options).expect("memory takes it");
        zip.write_all(bytes).expect("memory takes it");
    }
    zip.finish().expect("memory takes it").into_inner()
}
