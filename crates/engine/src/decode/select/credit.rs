//! Tokens that stay on top earn credit (CreditDecoding).

use super::super::method::Parameter;
use super::per_block::PerBlock;
use super::{
    Commit, GATHER, Method, NO_TOKEN, Row, Select, Splice, Step, at_least_one, by_position,
};
use crate::order;
use crate::sorted_map::SortedMap;

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "credit",
    doc: "Commits everything that is sure enough, where a token is surer the longer it has been the likeliest of its position; always the surest.",
    source: "CreditDecoding, arXiv 2510.06133",
    parameters: &[
        Parameter::probability(
            "threshold",
            0.9,
            "The least fused confidence that is committed.",
        ),
        Parameter::real("alpha", 0.0, 10.0, 0.7, "How much credit counts."),
        Parameter::probability("beta", 0.8, "How much credit is left after a step."),
        Parameter::probability(
            "gamma",
            0.2,
            "Exponent of earned confidence; below 1 it favours the unsure.",
        ),
    ],
    build: |values, _| {
        let credit = Credit {
            alpha: values.real("alpha"),
            beta: values.real("beta"),
            gamma: values.real("gamma"),
        };
        Ok(Box::new(CreditDecoding::new(
            values.real("threshold"),
            credit,
        )))
    },
};

/// How credit is earned and spent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Credit {
    /// `alpha * ln(1 + credit)` is added to a token's logit.
    pub alpha: f32,
    /// Credit is multiplied by this before each step but the first of a block.
    pub beta: f32,
    /// The likeliest token earns its confidence to this power.
    pub gamma: f32,
}

/// The credited tokens of a position, oldest first.
type Ledger = Vec<(u32, f32)>;

/// Commits every candidate whose fused confidence is `>= threshold`, and the surest whatever it
/// has; equality passes and of equals the lower position wins.
///
/// In each step of a block credit fades (`C <- beta C`, not in the first), the likeliest token of
/// every candidate earns `confidence ^ gamma`, and the proposal is the likeliest of
/// `softmax(logits + alpha ln(1 + C))` (inclusionAI/dInfer, `CreditThresholdParallelDecoder`). Only
/// credited tokens differ from the record, so that softmax follows exactly from their logits,
/// which the next forward gathers. Up to [`GATHER`] tokens per position are remembered, those of
/// most credit. A proposal that was sampled (it differs from the likeliest token) stays and only
/// its confidence is fused. Nothing is remembered from block to block.
pub struct CreditDecoding {
    threshold: f32,
    credit: Credit,
    ledgers: PerBlock<SortedMap<u32, Ledger>>,
}

impl CreditDecoding {
    /// `threshold` is a probability.
    #[must_use]
    pub fn new(threshold: f32, credit: Credit) -> Self {
        Self {
            threshold,
            credit,
            ledgers: PerBlock::new(),
        }
    }
}

impl Credit {
    /// Books this step's credit of `row` and fuses it with the record.
    fn fuse(self, row: &Row, ledger: &mut Ledger) -> Commit {
        // The logits came in the order of the ledger as it was before this step.
        let mut logits: Vec<f32> = row.gathered[..ledger.len()].to_vec();
        let record = &row.record;
        let earned = record.confidence().powf(self.gamma);
        match ledger.iter().position(|(id, _)| *id == record.top1) {
            Some(known) => ledger[known].1 += earned,
            None => {
                ledger.push((record.top1, earned));
                logits.push(record.l1);
            }
        }
        let commit = self.proposal(row, ledger, &logits);
        if ledger.len() > GATHER {
            forget_least(ledger);
        }
        commit
    }

    /// `softmax(logits + alpha ln(1 + C))` at the fused argmax, or at the sampled token.
    fn proposal(self, row: &Row, ledger: &Ledger, logits: &[f32]) -> Commit {
        let record = &row.record;
        let weight = |credit: f32| (1.0 + credit).powf(self.alpha);
        let mut total = 1.0;
        let mut fused: Vec<(u32, f32)> = Vec::new();
        for (&(id, credit), logit) in ledger.iter().zip(logits) {
            let probability = (logit - record.lse).exp();
            total += probability * (weight(credit) - 1.0);
            fused.push((id, probability * weight(credit)));
        }
        let of = |id| fused.iter().find(|(fused, _)| *fused == id).copied();
        let (id, mass) = if record.samp == record.top1 {
            // Of equals the lower id, as everywhere.
            let best = |a: &(u32, f32), b: &(u32, f32)| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0));
            fused.iter().copied().max_by(best)
        } else {
            of(record.samp)
        }
        .unwrap_or((record.samp, record.proposal_confidence()));
        Commit {
            position: row.position,
            id,
            // Rounding may leave a certain token a little above 1.
            confidence: (mass / total).min(1.0),
        }
    }
}

/// Drops the entry of least credit, the oldest of equals.
fn forget_least(ledger: &mut Ledger) {
    let entries = ledger.iter().enumerate();
    let least = entries.min_by(|a, b| a.1.1.total_cmp(&b.1.1));
    if let Some((index, _)) = least {
        ledger.remove(index);
    }
}

impl Select for CreditDecoding {
    fn gathers(&self) -> bool {
        true
    }

    fn gather(&self, position: u32) -> [u32; GATHER] {
        let mut ids = [NO_TOKEN; GATHER];
        let ledger = self.ledgers.states().find_map(|state| state.get(&position));
        for (id, (known, _)) in ids.iter_mut().zip(ledger.into_iter().flatten()) {
            *id = *known;
        }
        ids
    }

    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let ledgers = self.ledgers.enter(step);
        for (_, credit) in ledgers.values_mut().flatten() {
            *credit *= self.credit.beta;
        }
        let mut ranked: Vec<Commit> = candidates
            .iter()
            .map(|row| {
                self.credit.fuse(
                    row,
                    ledgers.get_or_insert_with(row.position, Default::default),
                )
            })
            .collect();
        order::sort(&mut ranked, |a, b| b.confidence.total_cmp(&a.confidence));
        let sure = ranked.partition_point(|commit| commit.confidence >= self.threshold);
        by_position(at_least_one(ranked[..sure].to_vec(), &ranked, step))
    }

    fn spliced(&mut self, splice: &Splice) {
        for state in self.ledgers.states_mut() {
            let moved = std::mem::take(state).into_iter();
            *state = moved
                .filter_map(|(position, ledger)| Some((splice.moved(position)?, ledger)))
                .collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, commits_at, rows, select_at, select_freely, select_in};
    use super::*;
    use crate::decode::{Block, Canvas, Segment};

    const CREDIT: Credit = Credit {
        alpha: 0.7,
        beta: 0.8,
        gamma: 0.2,
    };

    fn piece(threshold: f32) -> CreditDecoding {
        CreditDecoding::new(threshold, CREDIT)
    }

    #[test]
    fn a_token_that_stays_on_top_gets_surer() {
        let mut piece = piece(1.0);
        let mut last = 0.5;
        for step in 0..5 {
            let mut candidates = rows(&[0.5, 0.1]);
            for row in &mut candidates {
                row.gathered[0] = row.record.l1;
            }
            let commits = commits_at(&mut piece, &candidates, step);
            assert_eq!((commits.len(), commits[0].position), (1, 0));
            assert!(commits[0].confidence > last && commits[0].confidence < 1.0);
            last = commits[0].confidence;
            assert_eq!(piece.gather(0)[..2], [10, NO_TOKEN]);
        }
        // By hand: p = 0.5, C = 0.5 ^ 0.2 * (1 + 0.8 + 0.64 + ...).
        let credit = 0.5f32.powf(0.2) * (1.0 + 0.8 + 0.64 + 0.512 + 0.4096);
        let mass = 0.5 * (1.0 + credit).powf(0.7);
        assert!((last - mass / (mass + 0.5)).abs() < 1e-6, "{last}");
    }

    #[test]
    fn the_fused_winner_may_be_another_than_the_likeliest() {
        let mut piece = piece(0.0);
        let mut first = rows(&[0.6]);
        first[0].gathered[0] = first[0].record.l1;
        select_at(&mut piece, &first, 0);
        select_at(&mut piece, &first, 1);
        let mut candidates = rows(&[0.45]);
        candidates[0].record.top1 = 7;
        candidates[0].record.samp = 7;
        candidates[0].gathered[0] = 0.44f32.ln();
        let commits = commits_at(&mut piece, &candidates, 2);
        assert_eq!(commits[0].id, 10, "credit of two steps beats one");
        assert_eq!(piece.gather(0)[..3], [10, 7, NO_TOKEN]);
    }

    #[test]
    fn a_sampled_proposal_stays() {
        let mut candidates = rows(&[0.5]);
        candidates[0].record.samp = 3;
        candidates[0].record.l_samp = 0.25f32.ln();
        let commits = commits_at(&mut piece(0.9), &candidates, 0);
        let total = 1.0 + 0.5 * ((1.0 + 0.5f32.powf(0.2)).powf(0.7) - 1.0);
        assert_eq!(commits[0].id, 3);
        assert!((commits[0].confidence - 0.25 / total).abs() < 1e-6);
    }

    #[test]
    fn another_block_starts_without_credit_and_splices_move_it() {
        let canvas = Canvas::new(&[], &[Segment::Masked(4)], MASK);
        let mut piece = piece(1.0);
        let candidates = rows(&[0.5; 4]);
        select_in(
            &mut piece,
            &candidates[..2],
            0,
            &canvas,
            Block::new(0, 0, 2),
        );
        piece.spliced(&Splice {
            at: 1,
            removed: 0,
            inserted: vec![MASK],
        });
        assert_eq!((piece.gather(1)[0], piece.gather(2)[0]), (NO_TOKEN, 11));
        let second = |piece: &mut CreditDecoding, step| {
            select_in(piece, &candidates[2..], step, &canvas, Block::new(1, 2, 4))
        };
        let fresh = second(&mut self::piece(1.0), 0);
        assert_eq!(second(&mut piece, 1), fresh);
        assert_eq!((piece.gather(0)[0], piece.gather(2)[0]), (NO_TOKEN, 12));
    }

    #[test]
    fn the_least_credited_is_forgotten() {
        let mut piece = piece(1.0);
        for step in 0..9 {
            let mut candidates = rows(&[0.5]);
            candidates[0].record.top1 = 20 + step;
            candidates[0].record.samp = 20 + step;
            select_at(&mut piece, &candidates, step);
        }
        assert_eq!(piece.gather(0), [21, 22, 23, 24, 25, 26, 27, 28]);
    }

    #[test]
    fn none_all_ties_and_no_obligation() {
        assert!(select_at(&mut piece(0.9), &[], 0).is_empty());
        assert_eq!(select_at(&mut piece(0.0), &rows(&[0.1, 0.2]), 0), [0, 1]);
        assert_eq!(select_at(&mut piece(1.0), &rows(&[0.5, 0.5]), 0), [0]);
        assert!(select_freely(&mut piece(1.0), &rows(&[0.5])).is_empty());
    }
}
