//! Strings to ids and back: the only room of the engine that sees text.
//!
//! [`TextCodec`] wraps a checkpoint's `tokenizer.json`, or what a GGUF file has in its place; [`ChatMessage`]s go through its chat
//! template; `pieces` says what each position of a half-masked canvas shows.

mod byte_level;
mod chat;
mod codec;
mod config;
mod gguf;
mod pieces;
mod template;
mod tokenizer;
mod utf8;
mod words;

pub use chat::ChatMessage;
pub use codec::{TextCodec, TokenizerFiles};
