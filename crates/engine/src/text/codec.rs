//! A checkpoint's tokenizer, with its chat template.

use super::chat::{self, ChatMessage};
use super::config::TokenizerConfig;
use super::pieces::{self, PieceDecoder, Slot};
use super::tokenizer::{self, Tokenizer};
use crate::{Error, Result};

/// How checkpoints spell MASK when `tokenizer_config.json` does not name it.
const MASK_SPELLINGS: [&str; 8] = [
    "<|mask|>",
    "[MASK]",
    "<M>",
    "<mask>",
    "<|mdm_mask|>",
    "<|MASK|>",
    "<MASK>",
    "|<MASK>|",
];

/// How chat templates spell the end of a turn, where the checkpoint names another end of text.
const TURN_ENDS: [&str; 3] = ["<|im_end|>", "<|eot_id|>", "<|role_end|>"];

/// The files that make up a tokenizer.
#[derive(Clone, Debug)]
pub struct TokenizerFiles {
    /// `tokenizer.json`
    pub tokenizer: Vec<u8>,
    /// `tokenizer_config.json`, where there is one
    pub config: Option<Vec<u8>>,
    /// A chat template from elsewhere, which wins over the configuration's own
    pub chat_template: Option<String>,
}

/// Text to ids and back. Knows nothing of the network: an id may be any `u32`, and those the
/// tokenizer does not hold (vocabularies are padded) show nothing.
#[derive(Debug)]
pub struct TextCodec {
    tokenizer: Tokenizer,
    config: TokenizerConfig,
    chat_template: Option<String>,
    piece_decoder: PieceDecoder,
}

impl TextCodec {
    /// Reads the files of a tokenizer.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn new(files: &TokenizerFiles) -> Result<Self> {
        let TokenizerFiles {
            tokenizer,
            config,
            chat_template,
        } = files;
        Self::from_bytes(tokenizer, config.as_deref(), chat_template.as_deref())
    }

    /// Reads `tokenizer.json`, optionally `tokenizer_config.json`, and optionally a chat template
    /// from elsewhere (`chat_template.jinja`), which wins over the configuration's own.
    ///
    /// # Errors
    /// `bad_file` when a file is corrupt; `unsupported_model` for a tokenizer of another kind than
    /// BPE and WordPiece.
    pub fn from_bytes(
        tokenizer_json: &[u8],
        tokenizer_config: Option<&[u8]>,
        chat_template: Option<&str>,
    ) -> Result<Self> {
        let mut tokenizer = tokenizer::read(tokenizer_json)?;
        // These serve batches of training; here they would cut or stretch a prompt.
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .expect("removing truncation cannot fail");
        let config = match tokenizer_config {
            Some(bytes) => TokenizerConfig::from_bytes(bytes)?,
            None => TokenizerConfig::default(),
        };
        let chat_template = chat_template.or(config.chat_template()).map(str::to_owned);
        let piece_decoder = PieceDecoder::of(tokenizer.get_decoder());
        Ok(Self {
            tokenizer,
            config,
            chat_template,
            piece_decoder,
        })
    }

    /// The ids of `text`. No special tokens are added; those spelled out in the text are recognised.
    ///
    /// # Errors
    /// `bad_input` when the tokenizer has no id for some part of the text.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self.tokenizer.encode_fast(text, false).map_err(|error| {
            Error::bad_input(format!(
                "the tokenizer cannot encode the text ({error}); remove characters that it does \
                 not know"
            ))
        })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of `ids`; specials (MASK, stop, padding) and unknown ids are skipped.
    #[must_use]
    pub fn decode(&self, ids: &[u32]) -> String {
        let shown = ids.iter().filter_map(|&id| match self.slot(id) {
            Slot::Token(token) => Some(token),
            Slot::Mask | Slot::Silent => None,
        });
        pieces::join(&self.tokenizer, shown.collect())
    }

    /// What each position of a canvas shows: joined, the pieces are [`Self::decode`] of the ids,
    /// save that a character of which a neighbouring MASK may hold the rest is not shown yet.
    ///
    /// A character that spans several tokens is shown at the first of them, "" at the others.
    /// Masks, specials and unknown ids show "".
    #[must_use]
    pub fn pieces(&self, ids: &[u32], mask_id: u32) -> Vec<String> {
        let slot = |&id: &u32| match id == mask_id {
            true => Slot::Mask,
            false => self.slot(id),
        };
        let slots: Vec<Slot> = ids.iter().map(slot).collect();
        self.piece_decoder.pieces(&self.tokenizer, &slots)
    }

    /// The id of a token by its exact spelling, special or not.
    #[must_use]
    pub fn id(&self, token: &str) -> Option<u32> {
        self.tokenizer.token_to_id(token)
    }

    /// The spelling of `id` as the tokenizer's file has it (byte-level tokens look like "Ġthe").
    #[must_use]
    pub fn token(&self, id: u32) -> Option<String> {
        self.tokenizer.id_to_token(id)
    }

    /// Whether `tokenizer_config.json` names a mask token.
    #[must_use]
    pub fn names_mask_token(&self) -> bool {
        self.named_mask_token().is_some()
    }

    fn named_mask_token(&self) -> Option<u32> {
        self.config
            .token("mask_token")
            .and_then(|token| self.id(token))
    }

    /// The id of MASK: the token that `tokenizer_config.json` names, else an added token with one
    /// of the common spellings.
    #[must_use]
    pub fn mask_token_id(&self) -> Option<u32> {
        let named = self.named_mask_token();
        let added = self.tokenizer.get_added_vocabulary().get_vocab();
        let spelled = || {
            MASK_SPELLINGS
                .iter()
                .find_map(|&token| added.get(token).copied())
        };
        named.or_else(spelled)
    }

    /// The ids of added tokens that end a turn of the chat template.
    #[must_use]
    pub fn turn_ends(&self) -> Vec<u32> {
        let template = self.chat_template.as_deref().unwrap_or_default();
        let added = self.tokenizer.get_added_vocabulary().get_vocab();
        let spelled = TURN_ENDS.iter().filter(|token| template.contains(**token));
        spelled
            .filter_map(|token| added.get(*token).copied())
            .collect()
    }

    /// The ids below `size` whose text has a line break, ascending; specials have none.
    #[must_use]
    pub fn ids_with_line_breaks(&self, size: u32) -> Vec<u32> {
        // Decoding a whole vocabulary takes long, so only likely spellings are decoded: the break
        // itself, the byte-level character for it, and SentencePiece's byte.
        let likely = |token: &str| token.contains(['\n', 'Ċ']) || token == "<0x0A>";
        let is_likely = |id: &u32| self.token(*id).is_some_and(|token| likely(&token));
        let ids = (0..size).filter(is_likely);
        ids.filter(|&id| self.decode(&[id]).contains('\n'))
            .collect()
    }

    /// Tokens the tokenizer holds, added ones included; the network's vocabulary may be larger.
    #[must_use]
    pub fn vocabulary_size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// What kind of tokenizer it is, in a few words.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.piece_decoder {
            PieceDecoder::ByteLevel => "byte-level BPE",
            PieceDecoder::ByteFallback { .. } => "BPE with byte fallback",
            PieceDecoder::Prefixes => self.tokenizer.get_model().kind(),
        }
    }

    /// The chat template, where there is one.
    #[must_use]
    pub fn chat_template(&self) -> Option<&str> {
        self.chat_template.as_deref()
    }

    /// Whether [`Self::chat`] can work.
    #[must_use]
    pub fn has_chat_template(&self) -> bool {
        self.chat_template.is_some()
    }

    /// The ids of a conversation by the checkpoint's template, up to where the assistant's answer
    /// begins.
    ///
    /// # Errors
    /// `bad_input` when there is no template, or when it refuses the messages.
    pub fn chat(&self, messages: &[ChatMessage]) -> Result<Vec<u32>> {
        let Some(source) = &self.chat_template else {
            return Err(Error::bad_input(
                "the model has no chat template; pass a prompt instead, or put a \
                 chat_template.jinja next to tokenizer.json",
            ));
        };
        self.encode(&chat::render(source, messages, self.config.tokens())?)
    }

    /// What `id` is to the decoder.
    fn slot(&self, id: u32) -> Slot {
        let added = self.tokenizer.get_added_vocabulary();
        match self.tokenizer.id_to_token(id) {
            Some(token) if !added.is_special_token(&token) => Slot::Token(token),
            _ => Slot::Silent,
        }
    }
}
