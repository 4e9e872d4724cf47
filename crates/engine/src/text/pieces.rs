//! What each position of a half-masked canvas shows.
//!
//! Tokens are not characters: a byte-level token may hold half an emoji. So the bytes of each run
//! between masks are joined, every character belongs to the position of its first byte, and a
//! character that a neighbouring mask may complete is held back.

use tokenizers::Decoder;

use super::byte_level;
use super::tokenizer::{DecoderStage, Stages, Tokenizer};
use super::utf8::{self, Edges};

/// How a tokenizer makes text of tokens, as far as telling positions apart needs to know.
#[derive(Debug)]
pub(super) enum PieceDecoder {
    /// Each character of a token stands for a byte (GPT-2, Qwen, Llama 3).
    ByteLevel,
    /// Tokens are text, save `<0xE2>` and the like, which are bytes (SentencePiece).
    ByteFallback {
        /// Applied token by token before the bytes are found.
        before: Vec<DecoderStage>,
        /// Up to this many leading `char`s are cut from the whole text.
        strip: Option<(char, usize)>,
    },
    /// Any other: positions are told apart by decoding longer and longer prefixes.
    Prefixes,
}

/// One position of the canvas.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    /// Not known yet.
    Mask,
    /// Shows nothing and joins its neighbours: a special or unknown token.
    Silent,
    /// A token by its spelling in the tokenizer's file.
    Token(String),
}

impl PieceDecoder {
    /// The way of `decoder`, as `tokenizer.json` declares it.
    pub fn of(decoder: Option<&Stages<DecoderStage>>) -> Self {
        let stages = decoder.map_or(&[][..], Stages::as_slice);
        let is_bytes = |stage: &DecoderStage| matches!(stage, DecoderStage::ByteFallback(_));
        match stages {
            [DecoderStage::ByteLevel(_)] => Self::ByteLevel,
            stages if stages.iter().any(is_bytes) => Self::byte_fallback(stages),
            _ => Self::Prefixes,
        }
    }

    /// `[Replace..., ByteFallback, Fuse?, Strip?]`, which is what SentencePiece models convert to.
    fn byte_fallback(stages: &[DecoderStage]) -> Self {
        let at = |stage: &DecoderStage| matches!(stage, DecoderStage::ByteFallback(_));
        let bytes = stages.iter().position(at).unwrap_or(0);
        let strip = match &stages[bytes + 1..] {
            [] | [DecoderStage::Fuse(_)] => None,
            [DecoderStage::Fuse(_), DecoderStage::Strip(strip)] if strip.stop == 0 => {
                Some((strip.content, strip.start))
            }
            _ => return Self::Prefixes,
        };
        let before: Vec<DecoderStage> = stages[..bytes].to_vec();
        match before.iter().all(|s| matches!(s, DecoderStage::Replace(_))) {
            true => Self::ByteFallback { before, strip },
            false => Self::Prefixes,
        }
    }

    /// What each slot shows. Without masks the pieces joined are `tokenizer`'s own decoding.
    pub fn pieces(&self, tokenizer: &Tokenizer, slots: &[Slot]) -> Vec<String> {
        let mut pieces = vec![String::new(); slots.len()];
        let mut start = 0;
        for run in slots.split(|slot| matches!(slot, Slot::Mask)) {
            let end = start + run.len();
            let edges = Edges {
                open_start: start > 0,
                open_end: end < slots.len(),
            };
            self.show_run(tokenizer, run, edges, &mut pieces[start..end]);
            start = end + 1;
        }
        if let Self::ByteFallback { strip, .. } = self {
            // A mask in front may yet hold the space, so only a known beginning is stripped.
            let known = slots.iter().position(|slot| matches!(slot, Slot::Mask));
            strip_start(&mut pieces[..known.unwrap_or(slots.len())], *strip);
        }
        pieces
    }

    /// Fills the pieces of one run of slots without masks.
    fn show_run(&self, tokenizer: &Tokenizer, run: &[Slot], edges: Edges, pieces: &mut [String]) {
        let known = run
            .iter()
            .enumerate()
            .filter_map(|(position, slot)| match slot {
                Slot::Token(token) => Some((position, token.clone())),
                Slot::Mask | Slot::Silent => None,
            });
        let (owners, tokens): (Vec<usize>, Vec<String>) = known.unzip();
        let texts = match self {
            Self::ByteLevel => {
                let bytes: Vec<Vec<u8>> = tokens.iter().map(|t| byte_level::bytes(t)).collect();
                utf8::lossy_pieces(&bytes, edges)
            }
            Self::ByteFallback { before, .. } => fallback_pieces(before, tokens, edges),
            Self::Prefixes => prefix_pieces(tokenizer, &tokens),
        };
        for (owner, text) in owners.into_iter().zip(texts) {
            pieces[owner] = text;
        }
    }
}

/// Pieces of tokens among which some are single bytes: each run of those is text if all of it is,
/// else every byte of it is a replacement character, as the `tokenizers` library has it.
fn fallback_pieces(before: &[DecoderStage], tokens: Vec<String>, edges: Edges) -> Vec<String> {
    let mut pieces = before.iter().fold(tokens, |tokens, stage| {
        // `Replace` works on each token alone and fails only where its pattern engine does.
        stage.inner().decode_chain(tokens.clone()).unwrap_or(tokens)
    });
    let bytes: Vec<Option<u8>> = pieces.iter().map(|token| byte_token(token)).collect();
    let mut start = 0;
    while start < bytes.len() {
        let run: Vec<u8> = bytes[start..].iter().map_while(|&byte| byte).collect();
        let end = start + run.len();
        let run_edges = Edges {
            open_start: edges.open_start && start == 0,
            open_end: edges.open_end && end == bytes.len(),
        };
        for (piece, text) in pieces[start..end]
            .iter_mut()
            .zip(utf8::strict_pieces(&run, run_edges))
        {
            *piece = text;
        }
        start = end.max(start + 1);
    }
    pieces
}

/// The byte that a token like `<0xE2>` stands for.
fn byte_token(token: &str) -> Option<u8> {
    let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
    (digits.len() == 2).then(|| u8::from_str_radix(digits, 16).ok())?
}

/// Pieces for decoders that nothing is known of: each position gets what it adds to the text of
/// all before it, as far as that stays a beginning of the whole text.
fn prefix_pieces(tokenizer: &Tokenizer, tokens: &[String]) -> Vec<String> {
    let whole = join(tokenizer, tokens.to_vec());
    let mut shown = 0;
    let piece = |end: usize| {
        let agreed = match end == tokens.len() {
            true => whole.len(),
            false => common_prefix(&whole, &join(tokenizer, tokens[..end].to_vec())).max(shown),
        };
        let text = whole[shown..agreed].to_owned();
        shown = agreed;
        text
    };
    (1..=tokens.len()).map(piece).collect()
}

/// The text of `tokens`, as the `tokenizers` library decodes.
pub(super) fn join(tokenizer: &Tokenizer, tokens: Vec<String>) -> String {
    match tokenizer.get_decoder() {
        // The decoders' errors are those of pattern engines; a frame then shows nothing.
        Some(decoder) => decoder.decode(tokens).unwrap_or_default(),
        None => tokens.join(" "),
    }
}

/// Bytes of the longest common beginning of whole characters.
fn common_prefix(a: &str, b: &str) -> usize {
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    same.map(|(a, _)| a.len_utf8()).sum()
}

/// Cuts up to `count` leading characters from the joined pieces.
fn strip_start(pieces: &mut [String], strip: Option<(char, usize)>) {
    let Some((content, mut count)) = strip else {
        return;
    };
    for piece in pieces {
        while count > 0 && piece.starts_with(content) {
            piece.remove(0);
            count -= 1;
        }
        if !piece.is_empty() {
            return;
        }
    }
}
