//! A window of the leftmost masks, and more where attention has drifted (Elastic-Cache).

use super::super::method::{Method, Parameter};
use super::{Block, Canvas, Layers, Plan, RowPlan, Rows, Splice, full_attention};

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "elastic",
    doc: "Forwards the leftmost masks of the block, which alone are committed, with what was just written and a tracked token of each layer. Where what that token attends to has drifted, the layers behind it compute everything anew in the same step. An approximation for methods without blocks; rows are counted by the layers that compute them.",
    source: "Elastic-Cache, arXiv 2510.14973",
    parameters: &[
        Parameter::count("window", 1, 16, "Masks that are forwarded."),
        Parameter::probability(
            "drift",
            0.9,
            "Cosine of a token's attention now and in the step before, below which it has drifted.",
        ),
        Parameter::derived_count(
            "refresh",
            1,
            "Everything is forwarded again after so many forwards; only where attention drifts where absent.",
        ),
    ],
    build: |values, setup| {
        full_attention("elastic", setup)?;
        Ok(Box::new(ElasticCache::new(
            values.count("window"),
            values.real("drift"),
            values.given_count("refresh"),
        )))
    },
};

/// The `window` leftmost masks that are wanted, and what changed since the step before.
pub struct ElasticCache {
    window: usize,
    threshold: f32,
    refresh: Option<u32>,
    /// Forwards since the last one that was planned to be full, that one included.
    age: u32,
    /// Tokens of the step before.
    before: Vec<u32>,
}

impl ElasticCache {
    /// `threshold` is a cosine.
    #[must_use]
    pub fn new(window: u32, threshold: f32, refresh: Option<u32>) -> Self {
        Self {
            window: window as usize,
            threshold,
            refresh,
            age: 0,
            before: Vec::new(),
        }
    }

    /// The positions to forward beside the records.
    fn rows(&mut self, canvas: &Canvas) -> Vec<u32> {
        let before = std::mem::replace(&mut self.before, canvas.ids().to_vec());
        let is_old = self.refresh.is_some_and(|refresh| self.age >= refresh);
        if is_old || before.len() != self.before.len() {
            self.age = 1;
            return (0..canvas.len()).collect();
        }
        self.age += 1;
        let changed = |at: &u32| before[*at as usize] != canvas.id(*at);
        (0..canvas.len()).filter(changed).collect()
    }
}

impl RowPlan for ElasticCache {
    fn plan(&mut self, canvas: &Canvas, _block: &Block, wanted: &[u32], step: u32) -> Plan {
        let is_mask = |position: &u32| canvas.is_masked(*position);
        let masks = wanted.iter().copied().filter(is_mask);
        let window: Vec<u32> = masks.take(self.window).collect();
        let is_reached = |position: &u32| !is_mask(position) || window.contains(position);
        let records: Vec<u32> = wanted.iter().copied().filter(is_reached).collect();
        let is_written = |position: &u32| !is_mask(position);
        Plan {
            layers: Layers::Drift {
                threshold: self.threshold,
                written: (0..canvas.len()).filter(is_written).collect(),
                window,
            },
            ..Plan::new(Rows::among(self.rows(canvas), canvas), &records, step)
        }
    }

    fn spliced(&mut self, _splice: &Splice) {
        // Positions moved: what was kept of them is nobody's any more.
        self.before.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Commit, Segment};

    fn canvas() -> Canvas {
        Canvas::new(&[1, 1], &[Segment::Masked(6)], 0)
    }

    fn write(canvas: &mut Canvas, position: u32) {
        let commit = Commit {
            position,
            id: 5,
            confidence: 1.0,
        };
        canvas.apply(&[commit], 0);
    }

    /// Rows, records, and what layers are told.
    fn plan(cache: &mut ElasticCache, canvas: &Canvas, wanted: &[u32]) -> [Vec<u32>; 4] {
        let plan = cache.plan(canvas, &Block::new(0, 2, 8), wanted, 0);
        match (plan.rows, plan.layers) {
            (
                Rows::Chosen { rows, .. },
                Layers::Drift {
                    window, written, ..
                },
            ) => [rows, plan.records, window, written],
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_leftmost_masks_are_forwarded_and_what_changed() {
        let (mut cache, mut canvas) = (ElasticCache::new(2, 0.9, None), canvas());
        let wanted: Vec<u32> = (2..8).collect();
        let [rows, records, window, written] = plan(&mut cache, &canvas, &wanted);
        assert_eq!(rows, (0..8).collect::<Vec<u32>>());
        assert_eq!([&records, &window], [&[2, 3]; 2]);
        assert_eq!(written, [0, 1]);
        write(&mut canvas, 3);
        let [rows, records, window, written] = plan(&mut cache, &canvas, &[2, 4, 5, 6, 7]);
        assert_eq!(rows, [3]);
        assert_eq!([&records, &window], [&[2, 4]; 2]);
        assert_eq!(written, [0, 1, 3]);
        let [rows, records, window, _] = plan(&mut cache, &canvas, &[2, 3, 4, 5]);
        assert_eq!(rows, [0; 0], "nothing has changed");
        assert_eq!((records, window), (vec![2, 3, 4], vec![2, 4]));
    }

    #[test]
    fn what_is_old_is_refreshed_and_what_moved_forgotten() {
        let canvas = canvas();
        let counts = |refresh: Option<u32>, spliced: bool| {
            let mut cache = ElasticCache::new(2, 0.9, refresh);
            [0; 4].map(|_| {
                if spliced {
                    cache.spliced(&Splice {
                        at: 3,
                        removed: 0,
                        inserted: vec![0],
                    });
                }
                plan(&mut cache, &canvas, &[2, 3])[0].len()
            })
        };
        assert_eq!(counts(None, false), [8, 0, 0, 0]);
        assert_eq!(counts(Some(1), false), [8; 4]);
        assert_eq!(counts(Some(2), false), [8, 0, 8, 0]);
        assert_eq!(counts(None, true), [8; 4]);
    }
}
