//! Confidence counts more where much is known around (d2Cache).

use super::super::method::Parameter;
use super::budget::{Budget, STEPS};
use super::{Commit, Method, Row, Select, Step, highest};
use crate::decode::Canvas;

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "certainty_prior",
    doc: "Commits in even steps what is sure and has known tokens around it: a soft order from left to right without blocks.",
    source: "d2Cache (Kamichanw/d2Cache)",
    parameters: &[
        STEPS,
        Parameter::real(
            "sigma",
            0.1,
            100.0,
            10.0,
            "How far around is looked, in positions; less is more from left to right.",
        ),
    ],
    build: |values, setup| {
        Ok(Box::new(CertaintyPrior::new(
            values.real("sigma"),
            Budget::of(values, setup),
        )))
    },
};

/// Commits the highest `confidence * density`, so many as the budget allows; the density is the
/// part of the positions around that is known, weighted by a Gaussian of width `sigma`
/// (Kamichanw/d2Cache, `vanilla.py`).
///
/// What is left of the canvas counts as known, what is right of it as its last position. The
/// Gaussian is cut off at 4 sigma. Of equals the lower position wins.
pub struct CertaintyPrior {
    /// Weights of the distances 1, 2, ...
    weights: Vec<f32>,
    budget: Budget,
}

impl CertaintyPrior {
    /// `sigma` in positions, above 0.
    #[must_use]
    pub fn new(sigma: f32, budget: Budget) -> Self {
        let weight = |distance: u32| {
            let ratio = distance as f32 / sigma;
            (-0.5 * ratio * ratio).exp()
        };
        let reach = (4.0 * sigma).ceil() as u32;
        Self {
            weights: (1..=reach).map(weight).collect(),
            budget,
        }
    }

    /// 0 to 1; the position itself, which is open, does not count.
    fn density(&self, canvas: &Canvas, position: u32) -> f32 {
        let is_known = |index: i64| {
            let inside = index.min(i64::from(canvas.len()) - 1);
            u32::try_from(inside).is_ok_and(|inside| !canvas.is_masked(inside)) || index < 0
        };
        let (mut known, mut all) = (0.0, 0.0);
        for (weight, distance) in self.weights.iter().zip(1..) {
            for index in [
                i64::from(position) - distance,
                i64::from(position) + distance,
            ] {
                known += if is_known(index) { *weight } else { 0.0 };
                all += weight;
            }
        }
        known / all
    }
}

impl Select for CertaintyPrior {
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let count = self.budget.next(step);
        highest(candidates, count, |row| {
            row.commit().confidence * self.density(step.canvas, row.position)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, rows, select_at};
    use super::*;
    use crate::decode::Segment;

    fn piece(sigma: f32) -> CertaintyPrior {
        CertaintyPrior::new(sigma, Budget::new(None, 1))
    }

    #[test]
    fn density_is_the_known_part_around() {
        let density = |segments: &[Segment], position| {
            piece(1.0).density(&Canvas::new(&[], segments, MASK), position)
        };
        let open = [Segment::Masked(9)];
        assert!(
            (density(&open, 0) - 0.5).abs() < 1e-6,
            "all the left, none of the right"
        );
        assert_eq!(density(&open, 4), 0.0);
        assert!((density(&open, 3) - density(&open, 2)).is_sign_negative());
        let closed = [Segment::Masked(1), Segment::Pinned(vec![1])];
        assert_eq!(
            density(&closed, 0),
            1.0,
            "right of the canvas is as its end"
        );
    }

    #[test]
    fn the_left_goes_first_unless_the_right_is_much_surer() {
        let select =
            |sigma, confidences: &[f32]| select_at(&mut piece(sigma), &rows(confidences), 0);
        assert_eq!(select(1.0, &[0.5, 0.6, 0.7]), [0]);
        assert_eq!(select(100.0, &[0.5, 0.6, 0.7]), [2]);
        assert_eq!(
            select(0.1, &[0.0, 0.9, 0.9]),
            [0],
            "nothing known: the lower position"
        );
        assert!(select(1.0, &[]).is_empty());
    }
}
