//! The entries of a GGUF file as the `config.json` of the checkpoint that was converted.

use serde_json::{Map, Value, json};

use super::metadata::Metadata;
use crate::weights::tensor_info::TensorInfo;
use crate::{Error, Result};

/// Where `unmask convert` keeps the checkpoint's own small files, text for text.
pub mod kept {
    /// `config.json`
    pub const CONFIG: &str = "unmask.config";
    /// `generation_config.json`
    pub const GENERATION_CONFIG: &str = "unmask.generation_config";
    /// `tokenizer_config.json`
    pub const TOKENIZER_CONFIG: &str = "unmask.tokenizer_config";
    /// `tokenizer.json`, under the name that the GGUF specification gives it
    pub const TOKENIZER: &str = "tokenizer.huggingface.json";
    /// The chat template, under llama.cpp's name
    pub const CHAT_TEMPLATE: &str = "tokenizer.chat_template";
}

/// The architectures of llama.cpp that are known by their entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Architecture {
    Llama,
    Qwen2,
    Qwen3,
    Dream,
    Llada,
}

impl Architecture {
    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "llama" => Self::Llama,
            "qwen2" => Self::Qwen2,
            "qwen3" => Self::Qwen3,
            "dream" => Self::Dream,
            "llada" => Self::Llada,
            _ => return None,
        })
    }

    /// `model_type` in `config.json`.
    fn model_type(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Dream => "Dream",
            Self::Llada => "llada",
        }
    }

    /// Whether llama.cpp turns neighbouring pairs, and so permutes queries and keys.
    pub fn is_interleaved(self) -> bool {
        matches!(self, Self::Llama | Self::Llada)
    }

    /// The class of an ordinary language model of this family.
    fn causal_class(self) -> Option<&'static str> {
        match self {
            Self::Llama => Some("LlamaForCausalLM"),
            Self::Qwen2 => Some("Qwen2ForCausalLM"),
            Self::Qwen3 => Some("Qwen3ForCausalLM"),
            Self::Dream | Self::Llada => None,
        }
    }
}

/// The architecture whose entries and names are llama.cpp's; `None` when the file keeps its own,
/// or is of another one.
pub(super) fn architecture(metadata: &Metadata) -> Option<Architecture> {
    if metadata.has(kept::CONFIG) {
        return None;
    }
    let word = metadata.text("general.architecture").ok()??;
    Architecture::from_word(word)
}

/// The whole number `{architecture}.{key}`.
///
/// # Errors
/// `bad_file` when it is something else.
pub(super) fn size(metadata: &Metadata, key: &str) -> Result<Option<u64>> {
    let Some(value) = field(metadata, key)? else {
        return Ok(None);
    };
    value.as_u64().map(Some).ok_or_else(|| {
        Error::bad_file(format!(
            "the GGUF file's entry \"*.{key}\" is {value}; a whole number is expected"
        ))
    })
}

/// The number `{architecture}.{key}`; a list whose elements are equal counts as one of them.
fn field(metadata: &Metadata, key: &str) -> Result<Option<Value>> {
    let architecture = metadata.text("general.architecture")?.unwrap_or_default();
    let value = metadata.number(&format!("{architecture}.{key}"))?;
    Ok(
        value.map(|value| match value.as_array().map(Vec::as_slice) {
            Some([first, rest @ ..]) if rest.iter().all(|other| other == first) => first.clone(),
            _ => value,
        }),
    )
}

/// The fields of `config.json`. `tensor` finds a tensor by llama.cpp's meaning: its embedding
/// `"token_embd"` or head `"output"`.
///
/// # Errors
/// `bad_file` for an entry of the wrong kind; `unsupported_model` for an architecture that is not
/// known by its entries.
pub fn config_json(metadata: &Metadata, tensors: &Landmarks<'_>) -> Result<Value> {
    if let Some(kept) = metadata.text(kept::CONFIG)? {
        return parse(kept::CONFIG, kept);
    }
    let Some(architecture) = architecture(metadata) else {
        let word = metadata.text("general.architecture")?;
        return Err(Error::unsupported(format!(
            "a GGUF file of architecture {:?} is not supported; llama, qwen2, qwen3, dream and \
             llada are, and files that `unmask convert` wrote",
            word.unwrap_or("none")
        )));
    };
    refuse_entries(metadata)?;
    let mut config = Map::new();
    config.insert("model_type".into(), architecture.model_type().into());
    shape_fields(architecture, metadata, tensors, &mut config)?;
    id_fields(metadata, &mut config)?;
    diffusion_fields(architecture, metadata, &mut config)?;
    Ok(Value::Object(config))
}

/// Refuses what no field of these families' `config.json` could say, and would change the numbers.
fn refuse_entries(metadata: &Metadata) -> Result<()> {
    let heads = size(metadata, "attention.head_count")?.filter(|&heads| heads > 0);
    let width = size(metadata, "embedding_length")?;
    let divided = width.zip(heads).map(|(width, heads)| width / heads);
    let head = size(metadata, "attention.key_length")?.or(divided);
    for (key, what) in [
        (
            "rope.dimension_count",
            "rotary embedding of a part of each head",
        ),
        (
            "attention.value_length",
            "values of another length than keys",
        ),
    ] {
        let other = size(metadata, key)?.filter(|&length| Some(length) != head);
        if let Some(length) = other {
            return Err(Error::unsupported(format!(
                "{what} (\"{key}\" is {length}) is not supported for the Llama/Qwen family"
            )));
        }
    }
    match size(metadata, "attention.sliding_window")? {
        None | Some(0) => Ok(()),
        Some(window) => Err(Error::unsupported(format!(
            "sliding-window attention (of {window}) is not supported for the Llama/Qwen family"
        ))),
    }
}

/// `generation_config.json`, where the file keeps one.
///
/// # Errors
/// `bad_file` when it is not JSON.
pub fn generation_config_json(metadata: &Metadata) -> Result<Value> {
    let kept = metadata.text(kept::GENERATION_CONFIG)?;
    kept.map_or(Ok(json!({})), |text| parse(kept::GENERATION_CONFIG, text))
}

fn parse(key: &str, text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| {
        Error::bad_file(format!(
            "the GGUF file's entry {key:?} is not JSON ({error}); convert the model again"
        ))
    })
}

/// Tensors that say what no entry does.
#[derive(Clone, Copy, Debug)]
pub struct Landmarks<'a> {
    /// The embedding, whose rows are the vocabulary.
    pub embedding: Option<&'a TensorInfo>,
    /// Whether there is a head beside it.
    pub has_head: bool,
    /// Whether the rotary angles are scaled by a tensor.
    pub has_rope_factors: bool,
}

impl<'a> Landmarks<'a> {
    /// Finds them among tensors under the checkpoint's names.
    pub fn find(tensor: impl Fn(&str) -> Option<&'a TensorInfo>) -> Self {
        let of = |names: [&str; 2]| names.into_iter().find_map(&tensor);
        Self {
            embedding: of(["model.embed_tokens.weight", "model.transformer.wte.weight"]),
            has_head: of(["lm_head.weight", "model.transformer.ff_out.weight"]).is_some(),
            has_rope_factors: tensor("rope_freqs.weight").is_some(),
        }
    }
}

/// llama.cpp's entries, Hugging Face's fields, OLMo's.
const SHAPE_FIELDS: [(&str, &str, &str); 9] = [
    ("embedding_length", "hidden_size", "d_model"),
    (
        "feed_forward_length",
        "intermediate_size",
        "mlp_hidden_size",
    ),
    ("block_count", "num_hidden_layers", "n_layers"),
    ("attention.head_count", "num_attention_heads", "n_heads"),
    (
        "attention.head_count_kv",
        "num_key_value_heads",
        "n_kv_heads",
    ),
    ("attention.key_length", "head_dim", "head_dim"),
    (
        "context_length",
        "max_position_embeddings",
        "max_sequence_length",
    ),
    (
        "attention.layer_norm_rms_epsilon",
        "rms_norm_eps",
        "rms_norm_eps",
    ),
    ("rope.freq_base", "rope_theta", "rope_theta"),
];

fn shape_fields(
    architecture: Architecture,
    metadata: &Metadata,
    tensors: &Landmarks<'_>,
    config: &mut Map<String, Value>,
) -> Result<()> {
    let is_llada = architecture == Architecture::Llada;
    for (key, usual, olmo) in SHAPE_FIELDS {
        if let Some(value) = field(metadata, key)? {
            let name = if is_llada { olmo } else { usual };
            config.insert(name.into(), value);
        }
    }
    let vocabulary = match tensors.embedding {
        Some(embedding) => Some(json!(embedding.rows())),
        None => field(metadata, "vocab_size")?,
    };
    config.insert("vocab_size".into(), vocabulary.unwrap_or(Value::Null));
    let tied = if is_llada {
        "weight_tying"
    } else {
        "tie_word_embeddings"
    };
    config.insert(tied.into(), (!tensors.has_head).into());
    if is_llada {
        // What every LLaDA has; llama.cpp's entries do not say it.
        for (name, value) in [
            ("block_type", "llama"),
            ("activation_type", "silu"),
            ("layer_norm_type", "rms"),
        ] {
            config.insert(name.into(), value.into());
        }
        config.insert("rope".into(), true.into());
        let embedding_size = config.get("vocab_size").cloned().unwrap_or_default();
        config.insert("embedding_size".into(), embedding_size);
    }
    let kind = format!(
        "{}.rope.scaling.type",
        architecture.model_type().to_lowercase()
    );
    let scaling = metadata.text(&kind)?.filter(|kind| *kind != "none");
    let scaling = scaling.or(tensors.has_rope_factors.then_some("llama3"));
    if let Some(scaling) = scaling {
        config.insert("rope_scaling".into(), json!({"rope_type": scaling}));
    }
    Ok(())
}

fn id_fields(metadata: &Metadata, config: &mut Map<String, Value>) -> Result<()> {
    for (name, field) in [
        ("mask", "mask_token_id"),
        ("padding", "pad_token_id"),
        ("bos", "bos_token_id"),
    ] {
        if let Some(id) = metadata.id(&format!("tokenizer.ggml.{name}_token_id"))? {
            config.insert(field.into(), id.into());
        }
    }
    let mut stops = Vec::new();
    for name in ["eos", "eot", "eom"] {
        stops.extend(metadata.id(&format!("tokenizer.ggml.{name}_token_id"))?);
    }
    stops.dedup();
    config.insert("eos_token_id".into(), stops.into());
    Ok(())
}

/// What makes it a diffusion model, or an ordinary language model.
fn diffusion_fields(
    architecture: Architecture,
    metadata: &Metadata,
    config: &mut Map<String, Value>,
) -> Result<()> {
    if let Some(shift) = metadata.number("diffusion.shift_logits")? {
        config.insert("shift_logits".into(), shift);
    }
    let block = match metadata.number("diffusion.block_size")? {
        None => field(metadata, "block_size")?,
        block => block,
    };
    if let Some(block) = block {
        config.insert("block_size".into(), block);
    }
    let causal = field(metadata, "attention.causal")?.and_then(|causal| causal.as_bool());
    let class = architecture
        .causal_class()
        .filter(|_| causal != Some(false));
    if let Some(class) = class {
        // It is causal only where neither config nor tokenizer name a mask token.
        config.insert("architectures".into(), json!([class]));
    }
    Ok(())
}
