//! From texts to what the network reads: partially masked canvases.

use unmask_engine::model::Attention;
use unmask_engine::random;
use unmask_engine::session::ModelInfo;
use unmask_engine::text::{ChatMessage, TextCodec};
use unmask_engine::{Error, Result};

use crate::Text;

/// Seed of the masks: equal texts give equal files.
const SEED: u64 = 0;

/// An answer's canvas goes on to a multiple of this, with the token that ends a text, as canvases do.
const CANVAS_GROUP: usize = 32;

/// A sequence as the network reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canvas {
    /// Its tokens, masks among them.
    pub ids: Vec<u32>,
}

/// A canvas for each of `texts`, masked as a model of this `attention` sees it while it writes:
/// anywhere behind the prompt; in one block, with nothing behind it, where attention goes by blocks;
/// nowhere where it is causal. The share of masks is drawn for each, uniformly in (0, 1).
///
/// # Errors
/// `bad_input` where a text cannot be encoded, or all are empty.
pub fn canvases(
    texts: &[Text],
    codec: &TextCodec,
    info: &ModelInfo,
    attention: Attention,
) -> Result<Vec<Canvas>> {
    let mut canvases = Vec::with_capacity(texts.len());
    for (number, text) in texts.iter().enumerate() {
        let (mut ids, prompt) = tokens(text, codec, info)?;
        ids.truncate(info.context_length);
        let draws = Draws::new(number as u32);
        match attention {
            Attention::Full => mask(&mut ids, prompt, &draws, info.mask_id),
            Attention::BlockCausal(block) => {
                let start = draws.block(prompt, ids.len(), block as usize);
                ids.truncate(start.next_multiple_of(block as usize).max(start + 1));
                mask(&mut ids, start, &draws, info.mask_id);
            }
            Attention::Causal => {}
        }
        if !ids.is_empty() {
            canvases.push(Canvas { ids });
        }
    }
    match canvases.is_empty() {
        true => Err(Error::bad_input("the texts to calibrate on are empty")),
        false => Ok(canvases),
    }
}

/// The tokens of a text, and how many of them are its prompt.
fn tokens(text: &Text, codec: &TextCodec, info: &ModelInfo) -> Result<(Vec<u32>, usize)> {
    match text {
        Text::Plain { text } => Ok((codec.encode(text)?, 0)),
        Text::Answered { prompt, answer } => {
            let mut ids = match codec.has_chat_template() {
                true => codec.chat(&[ChatMessage::user(prompt)])?,
                false => codec.encode(prompt)?,
            };
            let prompt = ids.len();
            ids.extend(codec.encode(answer)?);
            if let Some(end) = info.stop_ids.first() {
                let canvas = (ids.len() + 1 - prompt).next_multiple_of(CANVAS_GROUP);
                ids.resize(prompt + canvas, *end);
            }
            Ok((ids, prompt))
        }
    }
}

/// Masks a share of the tokens from `start` on.
fn mask(ids: &mut [u32], start: usize, draws: &Draws, mask_id: u32) {
    let share = draws.share();
    for (position, id) in ids.iter_mut().enumerate().skip(start) {
        if draws.uniform(1, position) < share {
            *id = mask_id;
        }
    }
}

/// The random numbers of a text.
struct Draws {
    text: u32,
}

impl Draws {
    fn new(text: u32) -> Self {
        Self { text }
    }

    fn uniform(&self, kind: u32, position: usize) -> f32 {
        let key = random::row_key(SEED, self.text, position as u32);
        random::uniform(random::bits(key, kind))
    }

    fn share(&self) -> f32 {
        self.uniform(0, 0)
    }

    /// Where the part of a block begins that lies behind the prompt, for one of the blocks.
    fn block(&self, prompt: usize, length: usize, block: usize) -> usize {
        let first = prompt / block;
        let blocks = length.div_ceil(block).saturating_sub(first).max(1);
        let chosen = (self.uniform(2, 0) * blocks as f32) as usize;
        ((first + chosen.min(blocks - 1)) * block).max(prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_masks_are_spread_evenly() {
        let shares: Vec<f32> = (0..400).map(|text| Draws::new(text).share()).collect();
        for tenth in 0..10 {
            let range = tenth as f32 / 10.0..(tenth + 1) as f32 / 10.0;
            let count = shares.iter().filter(|share| range.contains(share)).count();
            assert!((20..=60).contains(&count), "{count} of 400 in {range:?}");
        }
    }

    #[test]
    fn as_many_positions_are_masked_as_the_share_says() {
        let (mut masked, mut expected) = (0.0, 0.0);
        for text in 0..50 {
            let mut ids = vec![7; 200];
            let draws = Draws::new(text);
            mask(&mut ids, 100, &draws, 1);
            assert!(ids[..100].iter().all(|id| *id == 7), "the prompt stays");
            masked += ids.iter().filter(|id| **id == 1).count() as f32;
            expected += 100.0 * draws.share();
        }
        assert!(
            (masked / expected - 1.0_f32).abs() < 0.05,
            "{masked} of {expected}"
        );
    }

    #[test]
    fn a_block_begins_behind_the_prompt() {
        for text in 0..100 {
            let start = Draws::new(text).block(10, 40, 8);
            assert!([10, 16, 24, 32].contains(&start), "{start}");
        }
    }
}
