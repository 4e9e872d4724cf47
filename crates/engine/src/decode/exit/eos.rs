//! The end of the text: a stop token, by one of the published rules.

use super::super::method::Parameter;
use super::{Canvas, Exit, Method, Step, Verdict};

pub(super) const METHOD: Method<dyn Exit> = Method {
    name: "eos",
    doc: "At a stop token; by default at the first one once nothing before it is open.",
    source: "Fast-dLLM v2, dInfer, SDAR, FreeDave",
    parameters: &[Parameter::word(
        "rule",
        &["first_open", "block", "anywhere_after_block", "whole_block"],
        "When: nothing before the first stop token is open; the block that holds it is full; some block is full and a stop token is anywhere; a whole block is stop tokens and padding.",
    )],
    build: |values, setup| {
        let rule = match values.word("rule") {
            "block" => Rule::Block,
            "anywhere_after_block" => Rule::AnywhereAfterBlock,
            "whole_block" => Rule::WholeBlock,
            _ => Rule::FirstOpen,
        };
        let vocabulary = setup.vocabulary;
        let eos = Eos::new(vocabulary.stop_ids.clone());
        Ok(Box::new(eos.with_rule(rule, vocabulary.pad_id)))
    },
};

/// When a stop token ends the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Once no mask precedes it, in mid-block too (Fast-dLLM v2).
    FirstOpen,
    /// Once the block that holds it is full (dInfer `early_stop`, DPad). Those write EOS behind
    /// the block; what follows the stop token within it is no text either and goes here too.
    Block,
    /// Once the step's block is full and there is one in the text, whatever its block (SDAR).
    AnywhereAfterBlock,
    /// Once the step's block is full of nothing but stop tokens and padding (FreeDave
    /// `early_exit`); the text ends with the first of them.
    WholeBlock,
}

/// Ends at a committed stop token, by a [`Rule`] and never with a mask before it.
///
/// [`Rule::FirstOpen`] stops earliest and is exact for models that never revise: nothing before
/// the stop can change any more, and nothing behind it is text. It saves the tail of the block
/// too; the rules that wait for the block's end pay for that tail, and the whole block of EOS
/// pays for a block more.
///
/// Only stop tokens behind the last pin count: text that the caller placed further right is
/// wanted, and a stop token that the caller pinned is part of a template.
pub struct Eos {
    stop_ids: Vec<u32>,
    pad_id: Option<u32>,
    rule: Rule,
}

impl Eos {
    /// `stop_ids` end the text; with none of them a run is never cut.
    #[must_use]
    pub fn new(stop_ids: Vec<u32>) -> Self {
        Self {
            stop_ids,
            pad_id: None,
            rule: Rule::FirstOpen,
        }
    }

    /// The same by another rule; `pad_id` may follow a stop token in a whole block.
    #[must_use]
    pub fn with_rule(mut self, rule: Rule, pad_id: Option<u32>) -> Self {
        self.pad_id = pad_id;
        self.rule = rule;
        self
    }

    /// The stop token that the rule names, whatever is open before it.
    fn stop(&self, step: &Step, canvas: &Canvas) -> Option<u32> {
        let mut text = behind_pins(canvas)..canvas.len();
        let mut block = step.block.start.max(text.start)..step.block.end.min(text.end);
        let full = canvas.masked_in(block.clone()).next().is_none();
        let is_stop = |position: &u32| self.stop_ids.contains(&canvas.id(*position));
        let first = text.find(is_stop);
        match self.rule {
            Rule::FirstOpen => first,
            Rule::Block => first.filter(|stop| full && block.contains(stop)),
            Rule::AnywhereAfterBlock => first.filter(|_| full),
            Rule::WholeBlock => {
                let ends =
                    |position: u32| is_stop(&position) || self.pad_id == Some(canvas.id(position));
                // Pads alone are no end: a stop token must have come with them.
                let stop = block.clone().find(is_stop)?;
                let whole = block.start <= step.block.start.max(canvas.prompt_len());
                (whole && block.all(ends)).then_some(stop)
            }
        }
    }
}

/// The first position that no given one follows.
fn behind_pins(canvas: &Canvas) -> u32 {
    let prompt = canvas.prompt_len();
    let mut given = (prompt..canvas.len()).rev();
    let last = given.find(|&position| canvas.is_pinned(position));
    last.map_or(prompt, |last| last + 1)
}

impl Exit for Eos {
    fn test(&mut self, step: &Step, canvas: &Canvas) -> Verdict {
        match self.stop(step, canvas) {
            Some(stop) if canvas.masked_in(0..stop).next().is_none() => Verdict::EndAt(stop),
            _ => Verdict::Continue,
        }
    }

    fn text_start(&self, canvas: &Canvas) -> Option<u32> {
        Some(match self.rule {
            Rule::FirstOpen => behind_pins(canvas),
            Rule::Block | Rule::AnywhereAfterBlock | Rule::WholeBlock => u32::MAX,
        })
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
            branches: &[],
            verified: &[],
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

    /// What each rule says, in the order of [`Rule`], of the tokens `ids` (MASK open) when a step
    /// over the block `start..end` is over.
    fn rules(ids: &[u32], start: u32, end: u32) -> [Verdict; 4] {
        let mut canvas = Canvas::new(&[1], &[Segment::Masked(ids.len() as u32)], MASK);
        for (position, &id) in (1..).zip(ids) {
            let commit = Commit {
                position,
                id,
                confidence: 1.0,
            };
            canvas.apply(&[commit], 0);
        }
        let step = Step {
            block: Block::new(1, start, end),
            ..step(&canvas)
        };
        let rules = [
            Rule::FirstOpen,
            Rule::Block,
            Rule::AnywhereAfterBlock,
            Rule::WholeBlock,
        ];
        rules.map(|rule| {
            let eos = Eos::new(vec![EOS, END_OF_TURN]);
            eos.with_rule(rule, Some(PAD)).test(&step, &canvas)
        })
    }

    const PAD: u32 = 3;

    #[test]
    fn each_rule_waits_for_its_moment() {
        let (go, end) = (Verdict::Continue, Verdict::EndAt);
        let of = |ids: &[u32]| rules(ids, 3, 5);
        assert_eq!(of(&[5, 5, EOS, MASK, MASK]), [end(3), go, go, go]);
        assert_eq!(of(&[5, 5, EOS, 5, MASK]), [end(3), end(3), end(3), go]);
        assert_eq!(of(&[5, 5, EOS, EOS, MASK]), [end(3); 4]);
        assert_eq!(of(&[5, 5, EOS, PAD, MASK]), [end(3); 4]);
        assert_eq!(of(&[5, 5, PAD, PAD, MASK]), [go; 4], "no stop token");
        assert_eq!(
            of(&[5, EOS, 5, 5, MASK]),
            [end(2), go, end(2), go],
            "an earlier block"
        );
        assert_eq!(
            of(&[5, 5, 5, 5, EOS]),
            [end(5), go, end(5), go],
            "a later block"
        );
        assert_eq!(of(&[5, 5, 5, 5, MASK]), [go; 4]);
        assert_eq!(of(&[MASK, 5, EOS, EOS, MASK]), [go; 4], "open before it");
    }

    #[test]
    fn the_prompt_is_no_part_of_the_first_block() {
        let end = Verdict::EndAt(1);
        assert_eq!(rules(&[EOS, EOS], 0, 3), [end; 4]);
    }
}
