//! The flags of `unmask`, which scripts rely on.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, value_parser};
use unmask_engine::decode::Preset;
use unmask_engine::decode::method::{self, Method};
use unmask_engine::session::{DeviceChoice, DtypeChoice, KvChoice};
use unmask_engine::weights::Format;
use unmask_engine::{Choice, Error, decode};

/// Diffusion language models: text appears in parallel, in any order, anywhere on a canvas.
#[derive(Debug, Parser)]
#[command(name = "unmask", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fill a canvas with text.
    Generate(Box<GenerateArguments>),
    /// Ask an exam's questions and judge the answers.
    Eval(Box<EvalArguments>),
    /// Say how likely the model holds a text to be.
    Score(ScoreArguments),
    /// Write the network's logits for a sequence of ids.
    Logits(LogitsArguments),
    /// Turn lines of text into ids, or lines of ids into text.
    Tokenize(TokenizeArguments),
    /// List the decoding methods and what each can be told.
    Methods(MethodsArguments),
    /// Measure what a forward costs by its rows.
    Bench(BenchArguments),
    /// Write a model as one GGUF file, quantized.
    Convert(ConvertArguments),
    /// Say what a checkpoint is, and what about it is not supported and why.
    Inspect(InspectArguments),
}

/// Which model to load, and how.
#[derive(Clone, Debug, Args)]
pub struct ModelArguments {
    /// Folder with config.json, model.safetensors (or its shards) and tokenizer.json; or a GGUF file.
    #[arg(long, value_name = "DIR|FILE.gguf")]
    pub model: PathBuf,
    /// Where to compute: auto, gpu, cpu or reference.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: DeviceChoice,
    /// How to keep the weights: auto, f32, f16, q8_0, q4_0 or mixed (q4_0, but q8_0 for embedding,
    /// head, first and last layer).
    #[arg(long, value_name = "DTYPE", default_value = "auto")]
    pub dtype: DtypeChoice,
    /// How to keep keys and values: auto, f32, f16 or q8_0.
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    pub kv: KvChoice,
    #[command(flatten)]
    pub conventions: ConventionArguments,
}

/// What config.json may leave unsaid; found in the checkpoint or by its family where absent.
#[derive(Clone, Copy, Debug, Args)]
pub struct ConventionArguments {
    /// Attention is blocked by so many positions, whatever config.json says.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub block_size: Option<u32>,
    /// Whether row i predicts token i + 1, whatever config.json says.
    #[arg(long, value_name = "BOOL")]
    pub shift_logits: Option<bool>,
    /// The mask token, whatever config.json says.
    #[arg(long, value_name = "ID")]
    pub mask_token_id: Option<u32>,
}

impl ModelArguments {
    /// The same device and format for another model.
    pub fn of_model(&self, folder: &Path) -> Self {
        Self {
            model: folder.to_owned(),
            ..self.clone()
        }
    }
}

/// A second model that drafts.
#[derive(Clone, Debug, Args)]
pub struct DraftArguments {
    /// A diffusion model of the same tokenizer whose drafts a causal --model reads and keeps as far
    /// as it would have written them itself (DEER); sets --select jacobi.
    #[arg(long, value_name = "DIR")]
    pub drafter: Option<PathBuf>,
    /// Tokens of a draft (default: 8).
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..), requires = "drafter")]
    pub draft_length: Option<u32>,
}

/// Flags of `unmask generate`.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    #[command(flatten)]
    pub model: ModelArguments,
    #[command(flatten)]
    pub input: InputArguments,
    #[command(flatten)]
    pub decoding: DecodingArguments,
    #[command(flatten)]
    pub draft: DraftArguments,
    /// Animate the canvas in the terminal, coloured by confidence.
    #[arg(long)]
    pub watch: bool,
    /// Print one JSON object a line: a frame each step, then the result.
    #[arg(long)]
    pub json: bool,
}

/// How a canvas is decoded.
#[derive(Clone, Debug, Args)]
pub struct DecodingArguments {
    /// Masks on the canvas, where no canvas file lays them out (default: 64, or what an exam's
    /// task asks for).
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub length: Option<u32>,
    /// Denoise blocks of so many positions from left to right (default: the whole canvas at once).
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub block: Option<u32>,
    /// Choices that go together: exact, quality, balanced, fast, distilled or editing (default:
    /// balanced). Flags beside it win.
    #[arg(long, value_name = "NAME", value_parser = preset)]
    pub preset: Option<Preset>,
    /// Which proposals are committed: METHOD or METHOD:parameter=value,... (`unmask methods` lists
    /// them; default: threshold, or even where --steps is given).
    #[arg(long, value_name = "METHOD", value_parser = select)]
    pub select: Option<Choice>,
    /// What is undone (default: none).
    #[arg(long, value_name = "METHOD", value_parser = revise)]
    pub revise: Option<Choice>,
    /// Which positions are open, and how the canvas grows (default: blocks).
    #[arg(long, value_name = "METHOD", value_parser = structure)]
    pub structure: Option<Choice>,
    /// When a run ends before the canvas is full (default: eos).
    #[arg(long, value_name = "METHOD", value_parser = exit)]
    pub exit: Option<Choice>,
    /// Which rows a step forwards (default: auto, exact where the model allows it).
    #[arg(long, value_name = "METHOD", value_parser = cache)]
    pub cache: Option<Choice>,
    /// Commit what is at least so probable (with --select threshold; default 0.9).
    #[arg(long, value_name = "P", value_parser = probability)]
    pub threshold: Option<f32>,
    /// Denoising steps for the canvas (with --select even; default: one a mask).
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub steps: Option<u32>,
    /// Whose rules turn logits into proposals (auto: the model's).
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub convention: ConventionName,
    /// 0 takes the most probable token, more adds noise.
    #[arg(long, value_name = "T", default_value_t = 0.0, value_parser = temperature)]
    pub temperature: f32,
    /// Makes a run with noise repeatable.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// Sample among the N likeliest tokens.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub top_k: Option<u32>,
    /// Sample among the likeliest tokens that together reach this probability.
    #[arg(long, value_name = "P", value_parser = probability)]
    pub top_p: Option<f32>,
    /// Token ids that are never proposed.
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub ban: Vec<u32>,
    /// Make tokens that the canvas holds less likely; 1 does not.
    #[arg(long, value_name = "X")]
    pub repetition_penalty: Option<f32>,
    /// Classifier-free guidance; 0 has none, and more costs a second forward.
    #[arg(long, value_name = "X", default_value_t = 0.0)]
    pub cfg_scale: f32,
    /// Commit stop tokens only where nothing else is left.
    #[arg(long)]
    pub eos_last: bool,
    /// Steps that are taken in one go; what is written stays the same (1).
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=64))]
    pub unroll: Option<u32>,
    /// Make so many runs with different seeds and keep the answer that is the likeliest a token.
    #[arg(
        long,
        value_name = "N",
        value_parser = value_parser!(u32).range(2..),
        conflicts_with_all = ["vote", "vote_seeds"]
    )]
    pub best_of: Option<u32>,
    /// Run under each of these block lengths and keep the answer that most runs agree on.
    #[arg(
        long,
        value_name = "BLOCKS",
        value_delimiter = ',',
        value_parser = value_parser!(u32).range(1..),
        conflicts_with = "block"
    )]
    pub vote: Vec<u32>,
    /// Seeds of a vote: so many runs with each block length.
    #[arg(long, value_name = "K", value_parser = value_parser!(u32).range(1..))]
    pub vote_seeds: Option<u32>,
}

/// What the canvas begins from: exactly one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct InputArguments {
    /// Text to continue.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// A user's message, put through the model's chat template.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub chat: Option<String>,
    /// A template with masks anywhere: {"segments":[{"text":"Once"},{"mask":12},{"ids":[1,2]}]}.
    #[arg(long, value_name = "FILE.json", conflicts_with = "length")]
    pub canvas: Option<PathBuf>,
}

/// Flags of `unmask eval`.
#[derive(Debug, Args)]
pub struct EvalArguments {
    #[command(flatten)]
    pub model: ModelArguments,
    /// Tasks: files of JSON lines, and folders of such files.
    #[arg(long, value_name = "FILE|DIR", num_args = 1.., required = true)]
    pub exam: Vec<PathBuf>,
    /// Ask only the first items of each task.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub items: Option<u32>,
    #[command(flatten)]
    pub decoding: DecodingArguments,
    #[command(flatten)]
    pub draft: DraftArguments,
    /// Commit so many tokens a step, whatever the task's length: sets --steps for each task.
    #[arg(
        long,
        value_name = "N",
        value_parser = value_parser!(u32).range(1..),
        conflicts_with = "steps"
    )]
    pub pace: Option<u32>,
    /// Write each item's prompt, answer and judgement as JSON lines.
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Measure how likely another model holds each story to be: a folder, causal models are exact.
    #[arg(long, value_name = "DIR")]
    pub judge: Option<PathBuf>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Flags of `unmask methods`.
#[derive(Debug, Args)]
pub struct MethodsArguments {
    /// Print one JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// Flags of `unmask logits`.
#[derive(Debug, Args)]
pub struct LogitsArguments {
    #[command(flatten)]
    pub model: ModelArguments,
    /// The sequence, as ids separated by commas.
    #[arg(long, value_name = "IDS", value_delimiter = ',', required = true)]
    pub ids: Vec<u32>,
    /// Where to write float32 [rows, vocabulary]; row i predicts position i.
    #[arg(long, value_name = "FILE.npy")]
    pub out: PathBuf,
}

/// Flags of `unmask score`.
#[derive(Debug, Args)]
pub struct ScoreArguments {
    #[command(flatten)]
    pub model: ModelArguments,
    /// Text before the one that is scored.
    #[arg(
        long,
        value_name = "TEXT",
        conflicts_with = "chat",
        allow_hyphen_values = true
    )]
    pub prompt: Option<String>,
    /// A user's message before it, put through the model's chat template.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub chat: Option<String>,
    /// The text to score.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub text: String,
    /// Random masks to try, one forward each (default: 128; an exact likelihood takes one forward).
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub samples: Option<u32>,
    /// Makes the estimate repeatable.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// How the likelihood is found (default: exact for a causal model, monte-carlo for any other).
    #[arg(long, value_name = "NAME")]
    pub estimator: Option<EstimatorName>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// `--estimator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum EstimatorName {
    /// The likelihood itself, by the chain rule (causal models only).
    Exact,
    /// Numbers of masks spread over all there are (LLaDA).
    MonteCarlo,
    /// Three numbers of masks, weighted; less variance from few samples (GDPO).
    SemiDeterministic,
}

/// Flags of `unmask tokenize`.
#[derive(Debug, Args)]
pub struct TokenizeArguments {
    /// Folder with tokenizer.json (weights are not needed); or a GGUF file.
    #[arg(long, value_name = "DIR|FILE.gguf")]
    pub model: PathBuf,
    /// The text of one line; without it every line of stdin is read.
    #[arg(long, allow_hyphen_values = true)]
    pub text: Option<String>,
    /// Lines are JSON strings going in and lists of ids coming out, or with --decode the other way:
    /// texts may then hold line breaks.
    #[arg(long)]
    pub json: bool,
    /// Turn ids into text.
    #[arg(long)]
    pub decode: bool,
}

/// Flags of `unmask bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    #[command(flatten)]
    pub model: ModelArguments,
    /// Rows of the forwards.
    #[arg(long, value_name = "N", num_args = 1.., default_values_t = [8, 32, 128],
          value_parser = value_parser!(u32).range(1..))]
    pub rows: Vec<u32>,
    /// Times that each is measured, in turns; the median is told.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = value_parser!(u32).range(1..))]
    pub repeats: u32,
    /// Also measure so many steps in one submission to the GPU, against the sum of their kernels.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(2..=64))]
    pub unroll: Option<u32>,
    /// Also tell up to how many rows a forward takes hardly longer than one of a single row.
    #[arg(long)]
    pub knee: bool,
    /// Print one JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// Flags of `unmask convert`.
#[derive(Debug, Args)]
pub struct ConvertArguments {
    /// The model: a folder, or a GGUF file.
    #[arg(value_name = "SRC")]
    pub source: PathBuf,
    /// The GGUF file to write.
    #[arg(value_name = "DST.gguf")]
    pub target: PathBuf,
    /// How to write the weights: q8_0, q4_0, f16, f32; mixed (q4_0, but q8_0 for embedding, head,
    /// first and last layer); or auto (as they are where that is q8_0 or q4_0, else q8_0).
    #[arg(long, value_name = "DTYPE", default_value = "q8_0")]
    pub dtype: DtypeChoice,
    /// How to write the embedding, which also is the head of a model without one: f32, f16, q8_0
    /// or q4_0.
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub embed: Option<Format>,
    /// How to write the head.
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub head: Option<Format>,
    /// Round by what the model reads in these texts (GPTQ), not to the nearest: JSON lines of
    /// {"text": ...} or {"prompt": ..., "answer": ...}. Needs the memory of the model in f32.
    #[arg(long, value_name = "FILE.jsonl")]
    pub calibrate: Option<PathBuf>,
}

/// Flags of `unmask inspect`.
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// A model folder, a GGUF file, or a safetensors file alone.
    #[arg(value_name = "DIR|FILE")]
    pub path: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// `--convention`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ConventionName {
    /// What the model was trained for.
    Auto,
    /// Noise on raw logits; confidence is the proposal's probability without it.
    Llada,
    /// Logits divided by the temperature first.
    Dream,
}

/// A method of one kind with its values.
fn choice<P: ?Sized>(kind: &str, methods: &[Method<P>], text: &str) -> Result<Choice, String> {
    let choice: Choice = text.parse().map_err(|error: Error| error.message)?;
    method::check(kind, methods, &choice).map_err(|error| error.message)?;
    Ok(choice)
}

fn preset(text: &str) -> Result<Preset, String> {
    let named = Preset::ALL.iter().find(|(name, _)| *name == text);
    named.map(|(_, preset)| *preset).ok_or_else(|| {
        let names = Preset::ALL.map(|(name, _)| name);
        format!("expected one of {}", names.join(", "))
    })
}

fn select(text: &str) -> Result<Choice, String> {
    choice("select", decode::select::METHODS, text)
}

fn revise(text: &str) -> Result<Choice, String> {
    choice("revise", decode::revise::METHODS, text)
}

fn structure(text: &str) -> Result<Choice, String> {
    choice("structure", decode::structure::METHODS, text)
}

fn exit(text: &str) -> Result<Choice, String> {
    choice("exit", decode::exit::METHODS, text)
}

fn cache(text: &str) -> Result<Choice, String> {
    choice("cache", decode::row_plan::METHODS, text)
}

fn format(word: &str) -> Result<Format, String> {
    Format::from_word(word).ok_or_else(|| {
        let words = Format::ALL.map(Format::as_str);
        format!("expected one of {}", words.join(", "))
    })
}

fn probability(word: &str) -> Result<f32, String> {
    match word.parse() {
        Ok(value) if value > 0.0 && value <= 1.0 => Ok(value),
        _ => Err("expected a probability above 0 and at most 1, such as 0.9".into()),
    }
}

fn temperature(word: &str) -> Result<f32, String> {
    match word.parse::<f32>() {
        Ok(value) if value >= 0.0 && value.is_finite() => Ok(value),
        _ => Err("expected a temperature of 0 or more, such as 0.7".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Arguments, probability, temperature};

    #[test]
    fn the_flags_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn one_input_is_wanted() {
        let parse = |flags: &[&str]| {
            let common = ["unmask", "generate", "--model", "m"];
            Arguments::try_parse_from(common.iter().chain(flags)).is_ok()
        };
        assert!(parse(&["--prompt", "a"]));
        assert!(!parse(&[]));
        assert!(!parse(&["--prompt", "a", "--chat", "b"]));
        assert!(!parse(&["--canvas", "c.json", "--length", "3"]));
        assert!(parse(&["--canvas", "c.json"]));
    }

    #[test]
    fn several_runs_are_asked_for_in_one_way() {
        let parse = |flags: &[&str]| {
            let common = ["unmask", "generate", "--model", "m", "--prompt", "a"];
            Arguments::try_parse_from(common.iter().chain(flags)).is_ok()
        };
        assert!(parse(&["--vote", "8,16,32", "--vote-seeds", "2"]));
        assert!(parse(&["--vote-seeds", "3", "--block", "4"]));
        assert!(parse(&["--best-of", "3", "--block", "4"]));
        assert!(!parse(&["--vote", "8,16,32", "--block", "4"]));
        assert!(!parse(&["--vote", "8,0,32"]));
        assert!(!parse(&["--vote", "8,16,32", "--best-of", "2"]));
        assert!(!parse(&["--vote-seeds", "3", "--best-of", "2"]));
        assert!(!parse(&["--best-of", "1"]));
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert_eq!(probability("1"), Ok(1.0));
        assert!(
            ["0", "1.1", "nan", "-0.5", "x"]
                .iter()
                .all(|word| probability(word).is_err())
        );
        assert_eq!(temperature("0"), Ok(0.0));
        assert!(
            ["-1", "inf", "nan", ""]
                .iter()
                .all(|word| temperature(word).is_err())
        );
    }
}
