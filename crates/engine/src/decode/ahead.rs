//! Steps that the network takes ahead of the loop.
//!
//! Where a rule is enough to decide ([`Select::rule`](super::Select::rule)), the network can be asked
//! for several steps at once and writes the tokens of each by itself. The loop goes through them
//! afterwards as if it had asked for one at a time: the pieces decide about the records of each, and
//! frames are what they always are. What the network wrote only tells which records there are; should
//! it ever differ from what the pieces decide, the steps behind it are dropped and asked for again.

use std::collections::VecDeque;

use super::{Block, Canvas, Pieces, Plan, Proposal, Readout, Rule, Vocabulary};
use crate::{Error, Record, Result};

/// Steps to take at once, and what they commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Lead {
    /// What each of them commits.
    pub rule: Rule,
    /// Stop tokens from this position on end the text once nothing before them is open, and the
    /// steps with it.
    pub text_start: u32,
    /// The first of those that the canvas holds.
    pub first_stop: Option<u32>,
}

/// One of the steps that were taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Led {
    /// One for each of the plan's `records`; those of positions that an earlier step committed tell
    /// nothing.
    pub records: Vec<Record>,
    /// Whether each of those positions was committed by this step.
    pub committed: Vec<bool>,
}

/// Steps that were taken and not gone through yet.
#[derive(Debug, Default)]
pub struct Ahead {
    steps: VecDeque<(Plan, Readout)>,
}

impl Ahead {
    /// What the network told of the step of `plan`, if it took that step. Steps behind one that was
    /// planned otherwise mean nothing.
    pub fn take(&mut self, plan: &Plan) -> Option<Readout> {
        match self.steps.pop_front() {
            Some((taken, readout)) if taken == *plan => Some(readout),
            _ => {
                self.steps.clear();
                None
            }
        }
    }

    /// Keeps all of `steps` but the first, which is that of `plan` and is returned.
    pub fn keep(&mut self, plan: &Plan, forwarded: u32, steps: Vec<Led>) -> Readout {
        let mut plan = plan.clone();
        let mut open = vec![true; plan.records.len()];
        let positions = plan.records.clone();
        for led in steps {
            let still = |(index, _): &(usize, &u32)| open[*index];
            let left = positions.iter().enumerate().filter(still);
            plan.records = left.map(|(_, position)| *position).collect();
            let readout = Readout {
                records: pick(&led.records, &open),
                forwarded,
                ..Readout::default()
            };
            self.steps.push_back((plan.clone(), readout));
            plan.step += 1;
            for (open, committed) in open.iter_mut().zip(&led.committed) {
                *open &= !committed;
            }
        }
        let first = self.steps.pop_front();
        first.map(|(_, readout)| readout).unwrap_or_default()
    }
}

fn pick(records: &[Record], which: &[bool]) -> Vec<Record> {
    let picked = records.iter().zip(which).filter(|(_, is)| **is);
    picked.map(|(record, _)| *record).collect()
}

impl Pieces {
    /// Checks that the network can be led by these pieces.
    ///
    /// # Errors
    /// `bad_input`, naming what wants to see every step, and what to do.
    pub(super) fn check_leads(&self, canvas: &Canvas, proposal: &Proposal) -> Result<()> {
        let block = Block::new(0, 0, canvas.len());
        let rule = self.select.rule(&block, 1, 1);
        let complaint = if rule.is_none() {
            "the select method is none that a device can follow; choose threshold, even, factor or entropy_bound (its order not margin)"
        } else if self.revise.revises() {
            "the revise method looks at every step; choose none"
        } else if !self.structure.is_fixed() {
            "the structure method looks at every step; choose blocks"
        } else if self.exit.text_start(canvas).is_none() {
            "the exit method looks at every step; choose eos or full"
        } else if self.row_plan.steady().is_none() {
            "the cache forwards other rows in every step; choose auto, none, exact, dual or prefix"
        } else if !proposal.is_plain() {
            "bans, biases, penalties, guidance, top_k, top_p and eos_last change logits in ways of their own; leave them out"
        } else {
            return Ok(());
        };
        Err(Error::bad_input(format!(
            "unroll takes several steps without asking, but {complaint}, or leave unroll out"
        )))
    }

    /// How the network may take at most so many steps from that of `plan` on, at about `pace`
    /// commits each; `None` where it is not worth while.
    pub(super) fn lead(
        &self,
        (canvas, vocabulary): (&Canvas, &Vocabulary),
        block: &Block,
        plan: &Plan,
        (most, pace): (u32, u32),
    ) -> Option<Lead> {
        let most = most.min(self.row_plan.steady()?);
        if most < 2 || self.revise.revises() || !self.structure.is_fixed() || !plan.is_plain() {
            return None;
        }
        let text_start = self.exit.text_start(canvas)?;
        let masks = plan.records.len() as u32;
        let mut rule = self.select.rule(block, masks, most)?;
        let steps = halved(most, rule.lasts(masks, pace));
        rule.counts.truncate(steps);
        let is_stop = |position: &u32| vocabulary.stop_ids.contains(&canvas.id(*position));
        let first_stop = (text_start..canvas.len()).find(is_stop);
        (steps > 1).then_some(Lead {
            rule,
            text_start,
            first_stop,
        })
    }
}

impl Plan {
    /// Whether it asks for records and nothing else.
    fn is_plain(&self) -> bool {
        *self
            == Self {
                rows: self.rows.clone(),
                records: self.records.clone(),
                step: self.step,
                ..Self::default()
            }
    }
}

/// `most`, halved until it is no more than `wanted`: few numbers of steps, for which the network has
/// something prepared each.
fn halved(most: u32, wanted: usize) -> usize {
    let mut steps = most as usize;
    while steps > wanted {
        steps /= 2;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Rows;

    fn led(tokens: &[u32], committed: &[bool]) -> Led {
        let record = |&samp: &u32| Record {
            samp,
            ..bytemuck::Zeroable::zeroed()
        };
        Led {
            records: tokens.iter().map(record).collect(),
            committed: committed.to_vec(),
        }
    }

    fn plan(records: &[u32], step: u32) -> Plan {
        Plan::new(Rows::All, records, step)
    }

    fn samples(readout: &Readout) -> Vec<u32> {
        readout.records.iter().map(|record| record.samp).collect()
    }

    fn three() -> (Ahead, Readout) {
        let mut ahead = Ahead::default();
        let steps = vec![
            led(&[1, 2, 3], &[false, true, false]),
            led(&[4, 5, 6], &[true, false, false]),
            led(&[7, 8, 9], &[false, false, true]),
        ];
        let first = ahead.keep(&plan(&[4, 6, 7], 5), 9, steps);
        (ahead, first)
    }

    #[test]
    fn each_step_tells_of_what_was_open_then() {
        let (mut ahead, first) = three();
        assert_eq!((samples(&first), first.forwarded), (vec![1, 2, 3], 9));
        let second = ahead.take(&plan(&[4, 7], 6)).unwrap();
        assert_eq!(samples(&second), [4, 6]);
        let third = ahead.take(&plan(&[7], 7)).unwrap();
        assert_eq!(samples(&third), [9]);
        assert_eq!(ahead.take(&plan(&[], 8)), None);
    }

    #[test]
    fn steps_behind_another_decision_are_dropped() {
        for other in [plan(&[4, 6], 6), plan(&[4, 7], 7)] {
            let (mut ahead, _) = three();
            assert_eq!(ahead.take(&other), None);
            assert_eq!(ahead.take(&plan(&[7], 7)), None, "and all behind them");
        }
    }

    #[test]
    fn steps_are_halved_until_they_are_wanted() {
        assert_eq!(
            [9, 8, 7, 3, 1].map(|wanted| halved(8, wanted)),
            [8, 8, 4, 2, 1]
        );
        assert_eq!([6, 5, 2, 0].map(|wanted| halved(6, wanted)), [6, 3, 1, 0]);
    }
}
