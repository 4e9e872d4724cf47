//! Everything of low entropy (dParallel, d3LLM).

use super::super::method::Parameter;
use super::{Commit, Method, Row, Select, Step, at_least_one, by_position, ranked_by};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "entropy",
    doc: "Commits everything of low entropy, and always the lowest. Made for weights that were distilled for it.",
    source: "dParallel (czg1225/dParallel), d3LLM, arXiv 2601.07568",
    parameters: &[Parameter::real(
        "limit",
        0.0,
        f64::INFINITY,
        0.5,
        "The most entropy that is committed, in nats; 0.4 to 0.45 for models of Dream's kind.",
    )],
    build: |values, _| Ok(Box::new(Entropy::new(values.real("limit")))),
};

/// Commits every candidate with entropy `<= limit`, and the one of the lowest whatever it has
/// (`get_transfer_index_entropy`, czg1225/dParallel).
///
/// Equality passes. Of equals the lower position wins.
pub struct Entropy {
    limit: f32,
}

impl Entropy {
    /// `limit` in nats.
    #[must_use]
    pub fn new(limit: f32) -> Self {
        Self { limit }
    }
}

impl Select for Entropy {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let rows = ranked_by(candidates, |row| -row.record.ent);
        let low = rows.partition_point(|row| row.record.ent <= self.limit);
        let ranked: Vec<Commit> = rows.into_iter().map(Row::commit).collect();
        by_position(at_least_one(ranked[..low].to_vec(), &ranked, step))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{entropies, select_at, select_freely};
    use super::*;

    fn select(limit: f32, values: &[f32]) -> Vec<u32> {
        select_at(&mut Entropy::new(limit), &entropies(values), 0)
    }

    #[test]
    fn low_entropy_passes_and_the_lowest_always_does() {
        assert_eq!(
            select(0.5, &[0.6, 0.5, 0.1, 2.0]),
            [1, 2],
            "equality passes"
        );
        assert_eq!(
            select(0.5, &[0.9, 0.7, 0.7]),
            [1],
            "none: the lower of equals"
        );
        assert_eq!(select(9.0, &[0.9, 0.7]), [0, 1], "all");
        assert_eq!(select(0.0, &[0.0, 0.1, 0.0]), [0, 2]);
        assert!(select(0.5, &[]).is_empty());
    }

    #[test]
    fn where_nothing_must_be_committed_nothing_is() {
        assert!(select_freely(&mut Entropy::new(0.5), &entropies(&[0.9])).is_empty());
    }
}
