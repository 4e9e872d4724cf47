//! The answer is settled: everything open is filled at once (Prophet).

use super::super::method::{Parameter, Setup, Values};
use super::{Canvas, Exit, Method, RowScope, Step, Verdict, margin};

pub(super) const METHOD: Method<dyn Exit> = Method {
    name: "prophet",
    doc: "Fills everything at once when the few positions of the answer are settled. For short answers at a known place: the rest of the text is not looked at.",
    source: "Prophet, arXiv 2508.19982",
    parameters: &[
        Parameter::derived_count(
            "start",
            0,
            "Where the answer begins, counted from the end of the prompt; absent: behind the last given text that something open follows.",
        ),
        Parameter::count("window", 1, 5, "Positions of the answer."),
        Parameter::derived_count(
            "steps",
            1,
            "Steps that the run is planned for; one per open position where absent.",
        ),
        margin_parameter(
            "early",
            7.5,
            "Least margin in the first third of the steps, in logits.",
        ),
        margin_parameter("middle", 5.0, "Least margin in the second third."),
        margin_parameter("late", 2.5, "Least margin from then on."),
    ],
    build: |values, setup| Ok(Box::new(Prophet::of(values, setup))),
};

const fn margin_parameter(name: &'static str, default: f64, doc: &'static str) -> Parameter {
    Parameter::real(name, 0.0, f64::INFINITY, default, doc)
}

/// Fills every open position when the mean logit margin over the answer's window is `>=` the
/// threshold of the third of the run that the step is in, whether or not the window is open
/// still (`generate_earlyexit.py`, pixeli99/Prophet). Equality passes. Given positions of the
/// window and those outside the canvas have no record and do not count.
pub struct Prophet {
    start: u32,
    end: u32,
    steps: u32,
    thresholds: [f32; 3],
}

impl Prophet {
    fn of(values: &Values, setup: &Setup) -> Self {
        let prompt = setup.canvas.prompt_len();
        let given = values.given_count("start");
        let start = given.map_or_else(
            || answer(setup.canvas),
            |start| prompt.saturating_add(start),
        );
        let steps = values.given_count("steps").unwrap_or(setup.canvas.masks());
        let thresholds = ["early", "middle", "late"].map(|name| values.real(name));
        Self::new(start, values.count("window"), steps, thresholds)
    }

    /// The answer is `window` positions from the absolute position `start` on.
    #[must_use]
    pub fn new(start: u32, window: u32, steps: u32, thresholds: [f32; 3]) -> Self {
        Self {
            start,
            end: start.saturating_add(window),
            steps,
            thresholds,
        }
    }

    fn threshold(&self, step: u32) -> f32 {
        let step = u64::from(step) * 3;
        let steps = u64::from(self.steps);
        let [early, middle, late] = self.thresholds;
        if step < steps {
            early
        } else if step < 2 * steps {
            middle
        } else {
            late
        }
    }
}

/// The first position behind the last given one that something open follows.
fn answer(canvas: &Canvas) -> u32 {
    let prompt = canvas.prompt_len();
    let last = (prompt..canvas.len())
        .rev()
        .find(|&position| canvas.is_masked(position));
    let before = (prompt..last.unwrap_or(prompt)).rev();
    let given = before
        .into_iter()
        .find(|&position| canvas.is_pinned(position));
    given.map_or(prompt, |given| given + 1)
}

impl Exit for Prophet {
    fn scope(&self) -> RowScope {
        RowScope::Canvas
    }

    fn test(&mut self, step: &Step, _canvas: &Canvas) -> Verdict {
        let window = self.start..self.end;
        let answer = step
            .rows
            .iter()
            .filter(|row| window.contains(&row.position) && !step.canvas.is_pinned(row.position));
        match margin::mean(answer) {
            Some(mean) if mean >= self.threshold(step.number) => Verdict::FillAll,
            _ => Verdict::Continue,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{canvas, rows, step};
    use super::*;
    use crate::decode::Segment;

    const MASK: u32 = super::super::fixtures::MASK;

    fn test(start: u32, margins: &[f32], number: u32) -> Verdict {
        let mut prophet = Prophet::new(start, 2, 9, [7.5, 5.0, 2.5]);
        let canvas = canvas(margins.len() as u32);
        let rows = rows(margins);
        prophet.test(&step(&canvas, &rows, number), &canvas)
    }

    #[test]
    fn the_threshold_falls_by_thirds_and_equality_passes() {
        for (number, threshold) in [(0, 7.5), (2, 7.5), (3, 5.0), (5, 5.0), (6, 2.5), (99, 2.5)] {
            let below = f32::next_down(threshold);
            assert_eq!(
                test(0, &[threshold; 2], number),
                Verdict::FillAll,
                "{number}"
            );
            assert_eq!(test(0, &[below; 2], number), Verdict::Continue, "{number}");
        }
    }

    #[test]
    fn only_the_window_counts() {
        assert_eq!(
            test(1, &[0.0, 5.0, 10.0, 0.0], 0),
            Verdict::FillAll,
            "the mean"
        );
        assert_eq!(test(0, &[0.0, 5.0, 10.0, 0.0], 0), Verdict::Continue);
        assert_eq!(
            test(3, &[0.0, 0.0, 0.0, 9.0], 0),
            Verdict::FillAll,
            "cut off"
        );
        assert_eq!(test(9, &[9.0; 4], 0), Verdict::Continue, "outside");
        assert_eq!(test(0, &[], 0), Verdict::Continue, "no record");
    }

    #[test]
    fn the_answer_follows_the_template() {
        let answer = |segments: &[Segment]| answer(&Canvas::new(&[1, 2], segments, MASK));
        let open = Segment::Masked;
        let given = || Segment::Pinned(vec![1, 1]);
        assert_eq!(answer(&[open(3)]), 2);
        assert_eq!(answer(&[open(3), given(), open(2)]), 7);
        assert_eq!(answer(&[open(3), given(), open(2), given()]), 7);
        assert_eq!(answer(&[given()]), 2);
        assert_eq!(answer(&[]), 2);
    }
}
