//! As many as share a budget of entropy (EB-Sampler).

use super::super::method::{Parameter, Values};
use super::super::rule::Order;
use super::{Block, Commit, Method, Row, Rule, Select, Step, by_position, ranked_by};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "entropy_bound",
    doc: "Commits the surest as long as their entropies, all but the largest, stay within a bound together: many easy tokens share one budget of error.",
    source: "EB-Sampler, arXiv 2505.24857",
    parameters: &[
        Parameter::real(
            "gamma",
            0.0,
            f64::INFINITY,
            0.1,
            "The bound in nats; 0 is one token a step.",
        ),
        Parameter::word(
            "order",
            &["entropy", "confidence", "margin"],
            "Which go first: those of low entropy, high probability, or a wide margin.",
        ),
    ],
    build: |values, _| {
        Ok(Box::new(EntropyBound::new(
            values.real("gamma"),
            order(values),
        )))
    },
};

fn order(values: &Values) -> BoundOrder {
    match values.word("order") {
        "confidence" => BoundOrder::Confidence,
        "margin" => BoundOrder::Margin,
        _ => BoundOrder::Entropy,
    }
}

/// Which candidates go first; the bound counts entropies whatever the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundOrder {
    /// Low entropy.
    Entropy,
    /// High probability of the proposed token.
    Confidence,
    /// A wide margin between the two likeliest tokens.
    Margin,
}

/// In this order, commits the first `k`, where `k` is the largest for which the sum of the `k`
/// entropies without the largest of them is `<= gamma` (EB-Sampler; NEUIR/PC-Sampler).
///
/// Equality passes. The first passes always, as it is left out of the sum, also in a block that
/// need not commit. Of equals the lower position goes first.
pub struct EntropyBound {
    gamma: f32,
    order: BoundOrder,
}

impl EntropyBound {
    /// `gamma` in nats, 0 or more.
    #[must_use]
    pub fn new(gamma: f32, order: BoundOrder) -> Self {
        Self { gamma, order }
    }

    fn score(&self, row: &Row) -> f32 {
        match self.order {
            BoundOrder::Entropy => -row.record.ent,
            BoundOrder::Confidence => row.record.log_proposal(),
            BoundOrder::Margin => row.record.margin(),
        }
    }
}

impl Select for EntropyBound {
    fn select(&mut self, candidates: &[Row], _step: &Step) -> Vec<Commit> {
        // The sum is kept without the largest: taking that off again would round.
        let (mut rest, mut largest) = (0.0, 0.0f32);
        let fits = |row: &&Row| {
            // A device may round what is subnormal to 0, so it is 0 everywhere.
            let entropy = match row.record.ent {
                subnormal if subnormal.is_subnormal() => 0.0,
                entropy => entropy,
            };
            rest += entropy.min(largest);
            largest = largest.max(entropy);
            rest <= self.gamma
        };
        let ranked = ranked_by(candidates, |row| self.score(row)).into_iter();
        by_position(ranked.take_while(fits).map(Row::commit).collect())
    }

    fn rule(&self, _block: &Block, _masks: u32, steps: u32) -> Option<Rule> {
        let order = match self.order {
            BoundOrder::Entropy => Order::Entropy,
            BoundOrder::Confidence => Order::Confidence,
            // A difference of exponentials, which devices round in their own ways.
            BoundOrder::Margin => return None,
        };
        Some(Rule {
            order,
            gamma: self.gamma,
            ..Rule::all(0, steps)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{entropies, rows, select_at};
    use super::*;

    fn select(gamma: f32, values: &[f32]) -> Vec<u32> {
        let mut piece = EntropyBound::new(gamma, BoundOrder::Entropy);
        select_at(&mut piece, &entropies(values), 0)
    }

    #[test]
    fn the_last_may_be_as_unsure_as_it_likes() {
        assert_eq!(
            select(0.5, &[9.0, 0.25, 0.25]),
            [0, 1, 2],
            "equality passes"
        );
        assert_eq!(select(0.4, &[9.0, 0.25, 0.25]), [1, 2]);
        assert_eq!(select(0.1, &[9.0, 0.25, 0.25]), [1], "the lower of equals");
    }

    #[test]
    fn bounds_of_gamma() {
        assert_eq!(select(0.0, &[0.5, 0.25]), [1], "one");
        assert_eq!(
            select(0.0, &[0.0, 0.5, 0.0, 0.7]),
            [0, 1, 2],
            "zeros cost nothing"
        );
        assert_eq!(select(f32::INFINITY, &[5.0, 6.0]), [0, 1], "all");
        assert!(select(1.0, &[]).is_empty());
    }

    #[test]
    fn another_order_tracks_the_largest() {
        // In the order of confidence: 0.5, 0.1, 0.3 nats. Without the largest: 0, 0.1, 0.4.
        let mut candidates = rows(&[0.9, 0.8, 0.7]);
        for (row, entropy) in candidates.iter_mut().zip([0.5, 0.1, 0.3]) {
            row.record.ent = entropy;
        }
        for order in [BoundOrder::Confidence, BoundOrder::Margin] {
            let select = |gamma| select_at(&mut EntropyBound::new(gamma, order), &candidates, 0);
            assert_eq!(select(0.05), [0]);
            assert_eq!(select(0.2), [0, 1]);
            assert_eq!(select(0.41), [0, 1, 2]);
        }
    }
}
