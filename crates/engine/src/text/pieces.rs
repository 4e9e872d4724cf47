//! What each position of a half-masked canvas shows.
//!
//! Tokens are not characters: a byte-level token may hold half an emoji. So the bytes of each run
//! between masks are joined, every character is owned by the token of its first byte, and a
//! character that a neighbouring mask may complete is held back.

use tokenizers::decoders::DecoderWrapper;
use tokenizers::{Decoder, Tokenizer};

/// How a tokenizer's decoder makes text of tokens, as far as pieces must know.
#[derive(Debug)]
pub(super) enum PieceDecoder {
    /// Each character of a token stands for a byte (GPT-2, Qwen, Llama 3).
    ByteLevel,
    /// Tokens are text, save `<0xE2>` and the like, which are bytes (SentencePiece).
    ByteFallback {
        /// Applied token by token before the bytes are found.
        before: Vec<DecoderWrapper>,
        /// This many leading spaces are stripped from the whole.
        strip: usize,
    },
    /// Any other: positions are told apart by decoding longer and longer prefixes.
    Prefixes,
}

impl PieceDecoder {
    pub fn of(_decoder: Option<&DecoderWrapper>) -> Self {
        Self::Prefixes
    }

    pub fn join(&self, tokenizer: &Tokenizer, tokens: Vec<String>) -> String {
        match tokenizer.get_decoder() {
            Some(decoder) => decoder.decode(tokens).unwrap_or_default(),
            None => tokens.join(" "),
        }
    }

    pub fn pieces(
        &self,
        tokenizer: &Tokenizer,
        tokens: Vec<Option<String>>,
        _is_mask: &[bool],
    ) -> Vec<String> {
        let join = |token: Option<String>| {
            token.map_or_else(String::new, |t| self.join(tokenizer, vec![t]))
        };
        tokens.into_iter().map(join).collect()
    }
}
