//! Everything open is settled enough for this moment of the run (SchED).

use crate::sorted_map::SortedMap;
use std::f32::consts::PI;

use super::super::method::{Parameter, Setup, Values};
use super::{Canvas, Exit, Method, Row, RowScope, Splice, Step, Verdict, margin};

pub(super) const METHOD: Method<dyn Exit> = Method {
    name: "sched",
    doc: "Fills everything at once when the open positions are settled: first choices far ahead, by a margin that falls over the run, and no longer changing. In raw logits, so a temperature under the dream convention shifts it.",
    source: "SchED, arXiv 2512.02892",
    parameters: &[
        Parameter::word(
            "shape",
            &["cosine", "linear", "exp", "constant"],
            "How the margin falls from high to low; constant stays at high.",
        ),
        Parameter::real(
            "high",
            0.0,
            f64::INFINITY,
            7.5,
            "Least mean margin at the beginning, in logits.",
        ),
        Parameter::real(
            "low",
            0.0,
            f64::INFINITY,
            2.5,
            "Least mean margin at the end, in logits.",
        ),
        Parameter::real("rate", 0.0, f64::INFINITY, 4.0, "How fast exp falls."),
        Parameter::derived_count(
            "steps",
            1,
            "Steps that the run is planned for; one per open position where absent.",
        ),
        Parameter::count(
            "patience",
            0,
            0,
            "Steps without a change that do not count yet.",
        ),
        Parameter::probability(
            "min_progress",
            0.0,
            "Part of the open positions that must be written before.",
        ),
    ],
    build: |values, setup| Ok(Box::new(Sched::of(values, setup))),
};

/// How the least margin falls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// `low + (high - low) (1 + cos(pi u)) / 2`.
    Cosine,
    /// `high + (low - high) u`.
    Linear,
    /// `low + (high - low) exp(-rate u)`.
    Exp(f32),
    /// `high`; not one of the published shapes, but what they are compared with.
    Constant,
}

/// The least mean margin over a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fall {
    /// Its way.
    pub shape: Shape,
    /// At the beginning.
    pub high: f32,
    /// At the end.
    pub low: f32,
    /// Steps of the run.
    pub steps: u32,
}

impl Fall {
    /// The least margin in `step`, with `u = step / (steps - 1)`.
    #[must_use]
    pub fn at(&self, step: u32) -> f32 {
        let Self { high, low, .. } = *self;
        if self.steps <= 1 {
            return low;
        }
        let u = (step as f32 / (self.steps - 1) as f32).min(1.0);
        match self.shape {
            Shape::Cosine => low + (high - low) * (0.5 * (1.0 + (PI * u).cos())),
            Shape::Linear => high + (low - high) * u,
            Shape::Exp(rate) => low + (high - low) * (-rate * u).exp(),
            Shape::Constant => high,
        }
    }
}

/// Fills every open position when, over all that were open in the step's forward, the mean logit
/// margin is `>=` the least one of the step and no likeliest token has changed since the forward
/// before, in more than `patience` steps in a row, once `min_progress` is reached (equality
/// passes; `sched.py`, amr-mohamedd/SchED). So it never ends a run in its first step.
///
/// A step that changes the canvas's length starts the comparison anew.
pub struct Sched {
    fall: Fall,
    patience: u32,
    min_progress: f32,
    /// Open positions at the beginning.
    masks: u32,
    /// Likeliest token of each open position in the forward before.
    before: SortedMap<u32, u32>,
    /// Steps in a row without a change.
    calm: u32,
    spliced: bool,
}

impl Sched {
    fn of(values: &Values, setup: &Setup) -> Self {
        let masks = setup.canvas.masks();
        let shape = match values.word("shape") {
            "linear" => Shape::Linear,
            "exp" => Shape::Exp(values.real("rate")),
            "constant" => Shape::Constant,
            _ => Shape::Cosine,
        };
        let fall = Fall {
            shape,
            high: values.real("high"),
            low: values.real("low"),
            steps: values.given_count("steps").unwrap_or(masks),
        };
        Self::new(
            fall,
            values.count("patience"),
            values.real("min_progress"),
            masks,
        )
    }

    /// `masks` positions are open when the run begins.
    #[must_use]
    pub fn new(fall: Fall, patience: u32, min_progress: f32, masks: u32) -> Self {
        Self {
            fall,
            patience,
            min_progress,
            masks,
            before: SortedMap::new(),
            calm: 0,
            spliced: false,
        }
    }

    /// Whether some likeliest token is new; remembers them.
    fn changed(&mut self, open: &[Row]) -> bool {
        let changed = open
            .iter()
            .any(|row| self.before.get(&row.position) != Some(&row.record.top1));
        self.before = open
            .iter()
            .map(|row| (row.position, row.record.top1))
            .collect();
        changed
    }
}

impl Exit for Sched {
    fn scope(&self) -> RowScope {
        RowScope::Masks
    }

    fn test(&mut self, step: &Step, _canvas: &Canvas) -> Verdict {
        if std::mem::take(&mut self.spliced) {
            self.before.clear();
            self.calm = 0;
            return Verdict::Continue;
        }
        let is_open = |row: &&Row| step.canvas.is_masked(row.position);
        let open: Vec<Row> = step.rows.iter().filter(is_open).copied().collect();
        let progress = 1.0 - step.canvas.masks() as f32 / self.masks.max(1) as f32;
        let late = progress >= self.min_progress;
        self.calm = if !self.changed(&open) && late {
            self.calm + 1
        } else {
            0
        };
        let sure = margin::mean(open.iter()).is_some_and(|mean| mean >= self.fall.at(step.number));
        if sure && late && self.calm > self.patience {
            Verdict::FillAll
        } else {
            Verdict::Continue
        }
    }

    fn spliced(&mut self, _splice: &Splice) {
        self.spliced = true;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{canvas, rows, step};
    use super::*;

    fn fall(shape: Shape) -> Fall {
        Fall {
            shape,
            high: 8.0,
            low: 2.0,
            steps: 5,
        }
    }

    fn sched(patience: u32) -> Sched {
        Sched::new(fall(Shape::Linear), patience, 0.0, 2)
    }

    fn test(sched: &mut Sched, margins: &[f32], number: u32) -> Verdict {
        let canvas = canvas(margins.len() as u32);
        let rows = rows(margins);
        sched.test(&step(&canvas, &rows, number), &canvas)
    }

    #[test]
    fn the_least_margin_falls_as_published() {
        let at = |shape| [0, 2, 4, 99].map(|step| fall(shape).at(step));
        assert_eq!(at(Shape::Linear), [8.0, 5.0, 2.0, 2.0]);
        assert_eq!(at(Shape::Cosine).map(f32::round), [8.0, 5.0, 2.0, 2.0]);
        let exp = at(Shape::Exp(2.0));
        assert_eq!((exp[0], exp[1]), (8.0, 2.0 + 6.0 * (-1.0f32).exp()));
        assert_eq!(at(Shape::Constant), [8.0; 4]);
        assert_eq!(
            Fall {
                steps: 1,
                ..fall(Shape::Linear)
            }
            .at(0),
            2.0
        );
    }

    #[test]
    fn it_never_ends_in_its_first_step_and_equality_passes() {
        let mut piece = sched(0);
        assert_eq!(test(&mut piece, &[99.0; 2], 0), Verdict::Continue);
        assert_eq!(
            test(&mut piece, &[5.0, 8.0], 1),
            Verdict::FillAll,
            "6.5 on average"
        );
        let mut piece = sched(0);
        test(&mut piece, &[5.0, 8.0], 0);
        assert_eq!(test(&mut piece, &[5.0, 7.9], 1), Verdict::Continue);
    }

    #[test]
    fn a_change_or_an_impatient_step_holds_it_back() {
        let mut piece = sched(0);
        test(&mut piece, &[9.0; 2], 0);
        let canvas = canvas(2);
        let mut changed = rows(&[9.0; 2]);
        changed[1].record.top1 += 1;
        let verdict = piece.test(&step(&canvas, &changed, 1), &canvas);
        assert_eq!(verdict, Verdict::Continue);
        let verdict = piece.test(&step(&canvas, &changed, 2), &canvas);
        assert_eq!(verdict, Verdict::FillAll);
        let mut patient = sched(2);
        let verdicts = [0, 1, 2, 3].map(|number| test(&mut patient, &[9.0; 2], number));
        let [others @ .., last] = verdicts;
        assert_eq!((others, last), ([Verdict::Continue; 3], Verdict::FillAll));
    }

    #[test]
    fn progress_counts_what_is_written() {
        let mut piece = Sched::new(fall(Shape::Linear), 0, 0.5, 4);
        test(&mut piece, &[9.0; 3], 0);
        assert_eq!(
            test(&mut piece, &[9.0; 3], 1),
            Verdict::Continue,
            "a quarter"
        );
        assert_eq!(test(&mut piece, &[9.0; 2], 2), Verdict::FillAll, "half");
    }

    #[test]
    fn nothing_open_and_a_new_length_end_nothing() {
        let mut piece = sched(0);
        assert_eq!(test(&mut piece, &[], 0), Verdict::Continue);
        assert_eq!(test(&mut piece, &[], 1), Verdict::Continue);
        test(&mut piece, &[9.0], 2);
        piece.spliced(&Splice {
            at: 0,
            removed: 0,
            inserted: vec![1],
        });
        assert_eq!(test(&mut piece, &[9.0], 3), Verdict::Continue);
        assert_eq!(
            test(&mut piece, &[9.0], 4),
            Verdict::Continue,
            "compared anew"
        );
        assert_eq!(test(&mut piece, &[9.0], 5), Verdict::FillAll);
    }
}
