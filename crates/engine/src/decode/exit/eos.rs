//! The end of the text: a stop token with nothing open before it.

use super::{Canvas, Exit, Method, Step, Verdict};

pub(super) const METHOD: Method<dyn Exit> = Method {
    name: "eos",
    doc: "At the first stop token once nothing before it is open.",
    source: "Fast-dLLM v2",
    parameters: &[],
    build: |_, setup| Ok(Box::new(Eos::new(setup.vocabulary.stop_ids.clone()))),
};

/// Ends at the first committed stop token once no mask precedes it.
///
/// Of the published rules this one (Fast-dLLM v2) stops earliest and is exact for models that
/// never revise: nothing before the stop can change any more, and nothing behind it is text. It
/// is tested after every step, so it saves the tail of the block too; the rules that wait for
/// the block's end (dInfer, SDAR) pay for that tail, and "the whole block is EOS" (FreeDave)
/// pays for a block more.
///
/// Only stop tokens behind the last pin count: text that the caller placed further right is
/// wanted, and a stop token that the caller pinned is part of a template.
pub struct Eos {
    stop_ids: Vec<u32>,
}

impl Eos {
    /// `stop_ids` end the text; with none of them a run is never cut.
    #[must_use]
    pub fn new(stop_ids: Vec<u32>) -> Self {
        Self { stop_ids }
    }
}

impl Exit for Eos {
    fn test(&mut self, _step: &Step, canvas: &Canvas) -> Verdict {
        let behind_pins = (canvas.prompt_len()..canvas.len())
            .rev()
            .find(|&position| canvas.is_pinned(position))
            .map_or(canvas.prompt_len(), |last_pin| last_pin + 1);
        let stop = (behind_pins..canvas.len())
            .find(|&position| self.stop_ids.contains(&canvas.id(position)));
        match stop {
            Some(stop) if canvas.masked_in(0..stop).next().is_none() => Verdict::EndAt(stop),
            _ => Verdict::Continue,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Block, Commit, Segment};

    const MASK: u32 = 9;
    const EOS: u32 = 0;
    const END_OF_TURN: u32 = 4;

    /// Tests a canvas of `prompt`, then `given` (MASK open), with `committed` (position, id).
    fn test(prompt: &[u32], given: &[u32], committed: &[(u32, u32)]) -> Verdict {
        let mut canvas = Canvas::new(prompt, &[Segment::Pinned(given.to_vec())], MASK);
        for &(position, id) in committed {
            let commit = Commit {
                position,
                id,
                confidence: 1.0,
            };
            canvas.apply(&[commit], 0);
        }
        Eos::new(vec![EOS, END_OF_TURN]).test(&step(&canvas), &canvas)
    }

    fn step(canvas: &Canvas) -> Step<'_> {
        Step {
            number: 0,
            block: Block::new(0, 0, canvas.len()),
            canvas,
            rows: &[],
            shadows: &[],
        }
    }

    const OPEN: &[u32] = &[MASK; 4];

    #[test]
    fn a_stop_token_ends_the_text_once_nothing_open_precedes_it() {
        assert_eq!(test(&[1], OPEN, &[]), Verdict::Continue);
        assert_eq!(test(&[1], OPEN, &[(1, 5)]), Verdict::Continue);
        assert_eq!(test(&[1], OPEN, &[(2, EOS)]), Verdict::Continue);
        assert_eq!(test(&[1], OPEN, &[(2, EOS), (1, 5)]), Verdict::EndAt(2));
        assert_eq!(test(&[1], OPEN, &[(1, END_OF_TURN)]), Verdict::EndAt(1));
    }

    #[test]
    fn the_first_of_several_counts() {
        let committed = [(2, EOS), (1, 5), (4, END_OF_TURN)];
        assert_eq!(test(&[1], OPEN, &committed), Verdict::EndAt(2));
    }

    #[test]
    fn stop_tokens_of_the_prompt_do_not_count() {
        assert_eq!(test(&[1, EOS], OPEN, &[]), Verdict::Continue);
        assert_eq!(test(&[MASK], OPEN, &[(0, EOS)]), Verdict::Continue);
    }

    #[test]
    fn an_open_position_of_the_prompt_holds_the_end_back() {
        assert_eq!(test(&[MASK, 1], OPEN, &[(2, EOS)]), Verdict::Continue);
    }

    #[test]
    fn text_pinned_behind_the_stop_token_is_still_reached() {
        let given = &[MASK, MASK, 5, MASK, MASK];
        assert_eq!(test(&[], given, &[(0, EOS)]), Verdict::Continue);
        let committed = [(0, EOS), (1, 5), (3, EOS)];
        assert_eq!(test(&[], given, &committed), Verdict::EndAt(3));
    }

    #[test]
    fn a_pinned_stop_token_is_no_end() {
        assert_eq!(test(&[], &[5, EOS, MASK, MASK], &[]), Verdict::Continue);
    }

    #[test]
    fn without_stop_ids_nothing_ends() {
        let canvas = Canvas::new(&[], &[Segment::Masked(2)], MASK);
        assert_eq!(
            Eos::new(vec![]).test(&step(&canvas), &canvas),
            Verdict::Continue
        );
    }
}
