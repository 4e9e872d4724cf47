//! What the methods that change the length have in common.

use super::super::method::{Parameter, Setup};
use super::{Canvas, Splice};
use crate::decode::Row;
use crate::{Error, Result};

/// `max_length`, as every method that grows takes it.
pub(super) const MAX_LENGTH: Parameter = Parameter::count(
    "max_length",
    1,
    2048,
    "Positions that the canvas may grow to, the prompt not counted; the model's context is a limit too.",
);

/// Positions behind the prompt.
pub(super) fn generated(canvas: &Canvas) -> u32 {
    canvas.len() - canvas.prompt_len()
}

/// Positions by which the canvas may grow: to `most` behind the prompt, and no further than its
/// own limit.
pub(super) fn allowance(canvas: &Canvas, most: u32) -> u32 {
    most.saturating_sub(generated(canvas)).min(canvas.room())
}

/// The first position behind everything pinned: where free text at the end of the canvas begins.
pub(super) fn behind_pins(canvas: &Canvas) -> u32 {
    let mut behind_prompt = canvas.prompt_len()..canvas.len();
    behind_prompt
        .rfind(|&position| canvas.is_pinned(position))
        .map_or(canvas.prompt_len(), |pin| pin + 1)
}

/// Where the tail of the canvas ends: behind its last position that is not pinned. What is pinned
/// at the very end of a template stays the end when the tail grows.
pub(super) fn tail_end(canvas: &Canvas) -> u32 {
    let mut behind_prompt = canvas.prompt_len()..canvas.len();
    behind_prompt
        .rfind(|&position| !canvas.is_pinned(position))
        .map_or(canvas.len(), |last| last + 1)
}

/// `count` open positions that come in at `at`, in place of `removed` others.
pub(super) fn open_at(canvas: &Canvas, at: u32, removed: u32, count: u32) -> Splice {
    Splice {
        at,
        removed,
        inserted: vec![canvas.mask_id(); count as usize],
    }
}

/// The first stop token that is written behind everything pinned.
pub(super) fn first_stop(canvas: &Canvas, stop_ids: &[u32]) -> Option<u32> {
    (behind_pins(canvas)..canvas.len()).find(|&position| stop_ids.contains(&canvas.id(position)))
}

/// Whether a row says that the text has ended before its position.
pub(super) fn says_end(row: &Row, stop_ids: &[u32]) -> bool {
    stop_ids.contains(&row.record.top1)
}

/// The ids that end a text.
///
/// # Errors
/// `bad_input` for a model that has none: a method that reads them would read nothing.
pub(super) fn stop_ids(name: &str, setup: &Setup) -> Result<Vec<u32>> {
    let stop_ids = &setup.vocabulary.stop_ids;
    if stop_ids.is_empty() {
        return Err(Error::bad_input(format!(
            "structure \"{name}\" follows the model's end-of-text token, and this model names none; choose another structure, such as blocks"
        )));
    }
    Ok(stop_ids.clone())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, STOP, commit, template};
    use super::*;

    #[test]
    fn the_tail_ends_before_what_is_pinned_at_the_end() {
        assert_eq!(tail_end(&template(&[MASK, 5, MASK, 6, 6])), 4);
        assert_eq!(tail_end(&template(&[5, MASK])), 3);
        assert_eq!(tail_end(&template(&[5, 6])), 3, "all pinned: the end");
        assert_eq!(tail_end(&template(&[])), 1);
        assert_eq!(behind_pins(&template(&[MASK, 5, MASK])), 3);
        assert_eq!(behind_pins(&template(&[MASK, MASK])), 1);
    }

    #[test]
    fn growth_ends_at_the_parameter_or_at_the_limit() {
        let canvas = template(&[MASK, MASK]);
        assert_eq!(allowance(&canvas, 5), 3);
        assert_eq!(allowance(&canvas, 1), 0);
        assert_eq!(allowance(&canvas.with_limit(4), 5), 1);
    }

    #[test]
    fn a_stop_token_counts_behind_the_pins_only() {
        let mut canvas = template(&[MASK, STOP, MASK, MASK]);
        assert_eq!(first_stop(&canvas, &[STOP]), None);
        canvas.apply(&[commit(1, STOP)], 0);
        assert_eq!(first_stop(&canvas, &[STOP]), None);
        canvas.apply(&[commit(4, STOP), commit(3, STOP)], 0);
        assert_eq!(first_stop(&canvas, &[STOP]), Some(3));
    }
}
