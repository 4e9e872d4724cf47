//! A length that follows how many positions say that the text is over (rho-EOS).

use super::super::method::Parameter;
use super::length::{
    self, MAX_LENGTH, allowance, first_stop, generated, open_at, says_end, tail_end,
};
use super::{BLOCK, Block, Canvas, Commit, FixedBlocks, Method, RowScope, Splice, Structure};
use crate::decode::Step;

pub(super) const METHOD: Method<dyn Structure> = Method {
    name: "rho_eos",
    doc: "Lengthens the canvas while few open positions propose the end of the text and shortens it while many do, filling blocks (of 32) all along. For models that fill what is left with end tokens; made for select threshold.",
    source: "rho-EOS (yjyddq/rho-EOS)",
    parameters: &[
        MAX_LENGTH,
        Parameter::probability(
            "low",
            0.4,
            "The canvas grows below this share of end tokens.",
        ),
        Parameter::probability("high", 0.6, "The canvas shrinks above this share."),
        Parameter::count(
            "growth",
            1,
            8,
            "The least number of positions added or dropped.",
        ),
        Parameter::word(
            "scheduler",
            &["exp", "linear", "const"],
            "How growth multiplies with every further tenth from the band: doubling, counting, or not at all; by 8 at most.",
        ),
        Parameter::count("adjust_steps", 0, 64, "Steps after which the length stays."),
    ],
    build: |values, setup| {
        Ok(Box::new(RhoEos {
            blocks: FixedBlocks::new(setup.block.or(Some(BLOCK)), setup.canvas),
            stop_ids: length::stop_ids("rho_eos", setup)?,
            most: values.count("max_length"),
            low: values.real("low"),
            high: values.real("high"),
            growth: values.count("growth"),
            multiplier: match values.word("scheduler") {
                "exp" => doubled,
                "linear" => counted,
                _ => |_| 1,
            },
            adjust_steps: values.count("adjust_steps"),
            is_settled: false,
        }))
    },
};

/// Keeps the share of open positions whose likeliest token is an end token between `low` and
/// `high` (yjyddq/rho-EOS, `LLaDA_rho_EOS.py`).
///
/// Each forward first fills its block by the select piece's choice. Then the share among the
/// positions that were open before: below `low` the tail grows, above `high` it shrinks, by
/// `growth` times a multiplier of at most 8 that depends on the tenths of distance begun, d:
/// `2^(d-1)`, `d` or 1. New positions come at the end. The length stays as it is from the step on
/// that finds the greatest length reached, and after `adjust_steps` steps.
///
/// Behind an end token that is written nothing grows: what would stand there is no part of the text.
/// (The published loop counts written end tokens as ends, and so hardly grows then.)
///
/// Where the published sampler cuts off the end of the canvas whatever stands there, open
/// positions alone are dropped here: committed and given tokens stay. Text pinned at the very end
/// stays the end.
pub struct RhoEos {
    blocks: FixedBlocks,
    stop_ids: Vec<u32>,
    most: u32,
    low: f32,
    high: f32,
    growth: u32,
    multiplier: fn(u32) -> u32,
    adjust_steps: u32,
    is_settled: bool,
}

/// Powers of two; three doublings reach the greatest multiplier.
fn doubled(tenths: u32) -> u32 {
    1 << tenths.saturating_sub(1).min(3)
}

fn counted(tenths: u32) -> u32 {
    tenths.clamp(1, 8)
}

impl RhoEos {
    /// The share of open positions that propose an end token; `None` without a record of any.
    fn density(&self, step: &Step) -> Option<f32> {
        let rows = step.rows.iter();
        let open = rows.filter(|row| step.canvas.is_masked(row.position));
        let (mut ends, mut count) = (0u32, 0u32);
        for row in open {
            count += 1;
            ends += u32::from(says_end(row, &self.stop_ids));
        }
        (count > 0).then(|| ends as f32 / count as f32)
    }

    /// Positions to add or drop at a distance of `gap` from the band.
    fn amount(&self, gap: f32) -> u32 {
        // A distance of exactly so many tenths must not become one more by rounding.
        let tenths = (gap / 0.1 - 1e-4).ceil() as u32;
        self.growth.saturating_mul((self.multiplier)(tenths))
    }

    fn grow(&self, canvas: &Canvas, amount: u32) -> Option<Splice> {
        if first_stop(canvas, &self.stop_ids).is_some() {
            return None;
        }
        let count = amount.min(allowance(canvas, self.most));
        (count > 0).then(|| open_at(canvas, tail_end(canvas), 0, count))
    }

    fn shrink(&self, canvas: &Canvas, amount: u32) -> Option<Splice> {
        let end = tail_end(canvas);
        let tail = (canvas.prompt_len()..end).rev();
        let open = tail.take_while(|&position| canvas.is_masked(position));
        let count = (open.count() as u32).min(amount);
        (count > 0).then(|| open_at(canvas, end - count, count, 0))
    }
}

impl Structure for RhoEos {
    fn open(&mut self, canvas: &Canvas) -> Option<Block> {
        self.blocks.open(canvas)
    }

    fn scope(&self) -> RowScope {
        RowScope::Masks
    }

    fn after_apply(&mut self, canvas: &Canvas, _: &[Commit], step: &Step) -> Vec<Splice> {
        self.is_settled |= generated(step.canvas) >= self.most;
        if self.is_settled || step.number >= self.adjust_steps {
            return Vec::new();
        }
        let Some(density) = self.density(step) else {
            return Vec::new();
        };
        let splice = if density < self.low {
            self.grow(canvas, self.amount(self.low - density))
        } else if density > self.high {
            self.shrink(canvas, self.amount(density - self.high))
        } else {
            None
        };
        splice.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{
        MASK, STOP, advance, built, commit, is_refused, open, rows, splice, template, vocabulary,
    };
    use super::*;
    use crate::decode::Vocabulary;

    /// How the length of ten open positions changes when so many of them propose the end.
    fn change(text: &str, ends: usize) -> i64 {
        let mut canvas = open(10);
        let mut piece = built(text, None, &canvas);
        let mut proposals = vec![(2, 0.9); 10 - ends];
        proposals.resize(10, (STOP, 0.9));
        advance(&mut *piece, &mut canvas, &rows(&proposals), &[]);
        i64::from(generated(&canvas)) - 10
    }

    #[test]
    fn the_band_keeps_and_the_distance_multiplies() {
        let changes = |text: &str| (0..=10).map(|ends| change(text, ends)).collect::<Vec<_>>();
        let one = |scheduler: &str| changes(&format!("rho_eos:growth=1,scheduler={scheduler}"));
        assert_eq!(one("exp"), [8, 4, 2, 1, 0, 0, 0, -1, -2, -4, -8]);
        assert_eq!(one("linear"), [4, 3, 2, 1, 0, 0, 0, -1, -2, -3, -4]);
        assert_eq!(one("const"), [1, 1, 1, 1, 0, 0, 0, -1, -1, -1, -1]);
        assert_eq!(changes("rho_eos")[0], 64);
        assert_eq!(changes("rho_eos")[10], -10, "no more than there are");
    }

    #[test]
    fn growth_is_clamped_by_the_parameter_and_by_the_room() {
        assert_eq!(change("rho_eos:max_length=12", 0), 2);
        assert_eq!(
            change("rho_eos:max_length=10", 10),
            0,
            "at the greatest length it stays"
        );
        let mut canvas = open(2).with_limit(4);
        let mut piece = built("rho_eos", None, &canvas);
        advance(&mut *piece, &mut canvas, &rows(&[(2, 0.9); 2]), &[]);
        assert_eq!((generated(&canvas), canvas.room()), (3, 0));
    }

    #[test]
    fn steps_end_the_adjustment() {
        assert_eq!(change("rho_eos:adjust_steps=0", 0), 0);
        assert_eq!(change("rho_eos:adjust_steps=1", 0), 64);
    }

    #[test]
    fn growth_comes_at_the_end_but_before_pins_and_not_behind_an_end_that_is_written() {
        let grow = |ids: &[u32], commits: &[(u32, u32)]| {
            let mut canvas = template(ids);
            let mut piece = built("rho_eos:scheduler=const,growth=1", None, &canvas);
            let text = rows(&vec![(2, 0.9); ids.len()]);
            advance(&mut *piece, &mut canvas, &text, commits).1
        };
        assert_eq!(grow(&[MASK; 3], &[]), [splice(4, 0, &[MASK])]);
        assert_eq!(grow(&[MASK; 3], &[(3, STOP)]), []);
        assert_eq!(grow(&[MASK, MASK, 5], &[]), [splice(3, 0, &[MASK])]);
        assert_eq!(
            grow(&[MASK, STOP, MASK], &[]),
            [splice(4, 0, &[MASK])],
            "a pin is no end"
        );
    }

    #[test]
    fn only_what_is_open_at_the_tail_is_dropped() {
        let shrink = |ids: &[u32], commits: &[(u32, u32)]| {
            let mut canvas = template(ids);
            let mut piece = built("rho_eos", None, &canvas);
            let ended = rows(&vec![(STOP, 0.9); ids.len()]);
            advance(&mut *piece, &mut canvas, &ended, commits).1
        };
        assert_eq!(shrink(&[MASK; 3], &[(1, 2)]), [splice(2, 2, &[])]);
        assert_eq!(shrink(&[MASK, 5, MASK, MASK, 6], &[]), [splice(3, 2, &[])]);
        assert_eq!(shrink(&[MASK; 3], &[(3, STOP)]), []);
    }

    #[test]
    fn nothing_open_is_nothing_to_measure() {
        let mut canvas = template(&[MASK]);
        let mut piece = built("rho_eos", None, &canvas);
        assert_eq!(advance(&mut *piece, &mut canvas, &[], &[(1, 2)]).1, []);
        assert_eq!(piece.open(&canvas), None);
        canvas.apply(&[commit(1, MASK)], 1);
        assert!(piece.open(&canvas).is_some());
        let endless = Vocabulary {
            stop_ids: vec![],
            ..vocabulary()
        };
        is_refused("rho_eos", &endless);
    }
}
