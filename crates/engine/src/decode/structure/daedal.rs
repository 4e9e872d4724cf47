//! A length that the model asks for, first as a whole, then where it is least sure (DAEDAL).

use super::super::method::Parameter;
use super::length::{self, MAX_LENGTH, allowance, open_at, says_end, tail_end};
use super::{BLOCK, Block, Canvas, Commit, FixedBlocks, Method, RowScope, Splice, Structure};
use crate::decode::{Step, Vocabulary};

pub(super) const METHOD: Method<dyn Structure> = Method {
    name: "daedal",
    doc: "Lengthens the canvas until the model expects the text to end on it, then fills it in blocks (of 32) and inserts room where the model is least sure. For models that fill what is left with end tokens; made for select threshold.",
    source: "DAEDAL, arXiv 2508.00819",
    parameters: &[
        MAX_LENGTH,
        Parameter::count(
            "growth",
            1,
            8,
            "Positions added at a time: at the end first, later in place of one.",
        ),
        Parameter::count("window", 1, 32, "End tokens that are looked for."),
        Parameter::probability(
            "length_threshold",
            0.5,
            "How sure the end must be before filling begins.",
        ),
        Parameter::probability(
            "expand_threshold",
            0.9,
            "How sure the end must be for nothing to be inserted any more.",
        ),
        Parameter::probability(
            "low",
            0.1,
            "Room is inserted at positions that are less sure than this.",
        ),
    ],
    build: |values, setup| {
        Ok(Box::new(Daedal {
            blocks: FixedBlocks::new(setup.block.or(Some(BLOCK)), setup.canvas),
            stop_ids: length::stop_ids("daedal", setup)?,
            vocabulary: setup.vocabulary.clone(),
            most: values.count("max_length"),
            growth: values.count("growth"),
            window: values.count("window"),
            length_threshold: values.real("length_threshold"),
            expand_threshold: values.real("expand_threshold"),
            low: values.real("low"),
            measures: measures(
                setup.canvas,
                values.count("max_length"),
                values.count("growth"),
            ),
            is_measuring: true,
        }))
    },
};

/// Both stages of DAEDAL (Li-Jinsong/DAEDAL, `LLaDA_DAEDAL.py`), which share one measure: from the
/// end of the canvas towards the prompt, the first `window` positions whose likeliest token is an
/// end token, written positions too; the sum of what they give the end tokens, divided by
/// `window` always, so that few of them are a low measure.
///
/// *Stage 1* only measures: while the measure is below `length_threshold` and there is room,
/// `growth` open positions are added. Then half a window of literal end tokens closes the canvas,
/// and the model sees them from then on.
///
/// *Stage 2* fills blocks left to right; what is filled is the select piece's choice, and the
/// published one is `threshold`. After the commits of a forward, while its measure is below
/// `expand_threshold`, the least sure open position of the block that has less than `low` becomes
/// `growth` of them; of equals the first. What is right of it, pinned or not, moves.
///
/// Where the published sampler would grow beyond the greatest length it cuts off the end of the
/// canvas; here the last growth is shorter instead, since what stands there may be the caller's.
/// For the same reason stage 1 grows before text that is pinned at the very end.
pub struct Daedal {
    blocks: FixedBlocks,
    stop_ids: Vec<u32>,
    vocabulary: Vocabulary,
    most: u32,
    growth: u32,
    window: u32,
    length_threshold: f32,
    expand_threshold: f32,
    low: f32,
    /// Forwards that stage 1 takes at most.
    measures: u32,
    is_measuring: bool,
}

/// One forward before each growth of stage 1, and the one that ends it.
fn measures(canvas: &Canvas, most: u32, growth: u32) -> u32 {
    allowance(canvas, most).div_ceil(growth).saturating_add(1)
}

impl Daedal {
    /// How surely the text ends on the canvas.
    fn measure(&self, step: &Step) -> f32 {
        let rows = step.rows.iter().rev();
        let ends = rows
            .take_while(|row| row.position >= step.canvas.prompt_len())
            .filter(|row| says_end(row, &self.stop_ids))
            .take(self.window as usize);
        let sum: f64 = ends
            .map(|row| f64::from(row.record.eos_probability()))
            .sum();
        (sum / f64::from(self.window)) as f32
    }

    /// Stage 1: room at the end, or the literal end that closes the stage.
    fn lengthen(&mut self, canvas: &Canvas, measure: f32) -> Option<Splice> {
        let count = self.growth.min(allowance(canvas, self.most));
        if measure < self.length_threshold && count > 0 {
            return Some(open_at(canvas, tail_end(canvas), 0, count));
        }
        self.is_measuring = false;
        let count = (self.window / 2).min(allowance(canvas, self.most));
        (count > 0).then(|| Splice {
            at: canvas.len(),
            removed: 0,
            inserted: self.vocabulary.ending(count),
        })
    }

    /// Stage 2: room in place of the least sure position.
    fn insert(&self, canvas: &Canvas, step: &Step, measure: f32) -> Option<Splice> {
        let count = self.growth.min(allowance(canvas, self.most) + 1);
        if measure >= self.expand_threshold || count < 2 {
            return None;
        }
        let mut least: Option<(u32, f32)> = None;
        let start = step.block.start.max(canvas.prompt_len());
        // What is open now is what the forward saw open, less the commits.
        for position in canvas.masked_in(start..step.block.end) {
            let Some(row) = step.row(position) else {
                continue;
            };
            let confidence = row.commit().confidence;
            let below = least.map_or(self.low, |(_, least)| least);
            if step.canvas.is_masked(position) && confidence < below {
                least = Some((position, confidence));
            }
        }
        least.map(|(position, _)| open_at(canvas, position, 1, count))
    }
}

impl Structure for Daedal {
    fn open(&mut self, canvas: &Canvas) -> Option<Block> {
        if !self.is_measuring {
            return self.blocks.open(canvas);
        }
        (canvas.masks() > 0).then(|| Block::new(0, 0, canvas.len()))
    }

    fn scope(&self) -> RowScope {
        RowScope::Canvas
    }

    fn settle(&mut self, step: &Step) -> Vec<Block> {
        if self.is_measuring {
            return Vec::new();
        }
        vec![step.block]
    }

    fn budget(&self) -> u32 {
        self.measures
    }

    fn after_apply(&mut self, canvas: &Canvas, _: &[Commit], step: &Step) -> Vec<Splice> {
        let measure = self.measure(step);
        let splice = match self.is_measuring {
            true => self.lengthen(canvas, measure),
            false => self.insert(canvas, step, measure),
        };
        splice.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{
        MASK, STOP, advance, built, is_refused, open, rows, splice, template, vocabulary,
    };
    use super::*;

    /// Small numbers: four end tokens are looked for, three positions are added.
    const SMALL: &str = "daedal:growth=3,window=4";

    /// A canvas of `ids` behind its first stage, with the structure.
    fn filling(ids: &[u32], more: &str) -> (Canvas, Box<dyn Structure>) {
        let mut canvas = template(ids);
        let text = format!("{SMALL},length_threshold=0{more}");
        let mut piece = built(&text, Some(4), &canvas);
        advance(&mut *piece, &mut canvas, &[], &[]);
        (canvas, piece)
    }

    #[test]
    fn the_first_stage_measures_without_commits_and_grows() {
        let mut canvas = open(3);
        let mut piece = built(SMALL, Some(4), &canvas);
        assert_eq!(piece.scope(), RowScope::Canvas);
        let unsure = rows(&[(2, 0.9), (2, 0.9), (STOP, 0.9)]);
        let (blocks, spliced) = advance(&mut *piece, &mut canvas, &unsure, &[]);
        assert_eq!(blocks, [], "nothing may be committed");
        assert_eq!(spliced, [splice(4, 0, &[MASK; 3])], "one of four is 0.225");
        let sure = rows(&[
            (2, 0.9),
            (2, 0.9),
            (2, 0.9),
            (STOP, 0.9),
            (STOP, 0.8),
            (STOP, 0.7),
        ]);
        let (blocks, spliced) = advance(&mut *piece, &mut canvas, &sure, &[]);
        assert_eq!(blocks, []);
        assert_eq!(
            spliced,
            [splice(7, 0, &[STOP; 2])],
            "half a window of the end"
        );
        assert_eq!(piece.open(&canvas), Some(Block::new(0, 0, 5)));
        let (blocks, _) = advance(&mut *piece, &mut canvas, &sure, &[(1, 2)]);
        assert_eq!(blocks, [Block::new(0, 0, 5)]);
    }

    #[test]
    fn the_measure_takes_the_last_ones_and_divides_by_the_window() {
        let canvas = open(6);
        let daedal = Daedal {
            blocks: FixedBlocks::new(None, &canvas),
            stop_ids: vec![STOP],
            vocabulary: vocabulary(),
            most: 9,
            growth: 3,
            window: 2,
            length_threshold: 0.5,
            expand_threshold: 0.9,
            low: 0.1,
            measures: 3,
            is_measuring: true,
        };
        let measure = |proposals: &[(u32, f32)]| {
            let rows = rows(proposals);
            let block = Block::new(0, 0, 7);
            daedal.measure(&super::super::fixtures::step(&canvas, block, &rows))
        };
        let near = |a: f32, b: f32| (a - b).abs() < 1e-6;
        assert_eq!(measure(&[]), 0.0);
        assert_eq!(measure(&[(2, 0.9)]), 0.0, "what is no end counts nothing");
        assert!(near(measure(&[(STOP, 0.8), (2, 0.9)]), 0.4), "one of two");
        let skipped = [(STOP, 0.2), (STOP, 0.5), (2, 0.9), (STOP, 0.7)];
        assert!(
            near(measure(&skipped), 0.6),
            "from the end, others passed over"
        );
    }

    #[test]
    fn growth_is_clamped_by_the_parameter_and_by_the_room() {
        for (text, limit) in [("max_length=5", 99), ("max_length=9", 6)] {
            let mut canvas = open(3).with_limit(limit);
            let mut piece = built(&format!("{SMALL},{text}"), None, &canvas);
            assert_eq!(piece.budget(), 2);
            let (_, spliced) = advance(&mut *piece, &mut canvas, &[], &[]);
            assert_eq!(spliced, [splice(4, 0, &[MASK; 2])]);
            let (_, spliced) = advance(&mut *piece, &mut canvas, &[], &[]);
            assert_eq!(spliced, [], "no room for an end either");
            let least = rows(&[(2, 0.01)]);
            let (blocks, spliced) = advance(&mut *piece, &mut canvas, &least, &[]);
            assert_eq!((blocks.len(), spliced), (1, vec![]), "nor for an insertion");
        }
    }

    #[test]
    fn the_least_sure_open_position_of_the_block_becomes_several() {
        let (mut canvas, mut piece) = filling(&[MASK, MASK, MASK, MASK, MASK], "");
        let unsure = rows(&[(2, 0.08), (2, 0.9), (2, 0.05), (2, 0.05), (2, 0.01)]);
        let (_, spliced) = advance(&mut *piece, &mut canvas, &unsure, &[(2, 2)]);
        assert_eq!(
            spliced,
            [splice(3, 1, &[MASK; 3])],
            "position 5 is in the next block"
        );
        assert_eq!(
            canvas.ids()[..9],
            [1, MASK, 2, MASK, MASK, MASK, MASK, MASK, STOP]
        );
        assert_eq!(piece.open(&canvas), Some(Block::new(0, 0, 5)));
    }

    #[test]
    fn nothing_is_inserted_where_all_are_sure_or_committed_or_the_end_is_sure() {
        let fill = |more: &str, proposals: &[(u32, f32)], commits: &[(u32, u32)]| {
            let (mut canvas, mut piece) = filling(&[MASK, MASK], more);
            advance(&mut *piece, &mut canvas, &rows(proposals), commits).1
        };
        assert_eq!(fill("", &[(2, 0.2), (2, 0.11)], &[]), [], "none is below");
        assert_eq!(fill("", &[(2, 0.2), (2, 0.05)], &[(2, 2)]), []);
        let ended = [(2, 0.05), (2, 0.2), (STOP, 0.99), (STOP, 0.99)];
        assert_eq!(fill(",expand_threshold=0.4", &ended, &[]), []);
        assert_eq!(fill("", &ended, &[]), [splice(1, 1, &[MASK; 3])]);
        assert_eq!(
            fill(",max_length=5", &ended, &[]),
            [splice(1, 1, &[MASK; 2])],
            "net one"
        );
        assert_eq!(fill(",max_length=4", &ended, &[]), []);
    }

    #[test]
    fn pins_move_with_what_grows_before_them() {
        let mut canvas = template(&[MASK, 5, MASK, 6]);
        let mut piece = built(SMALL, None, &canvas);
        advance(&mut *piece, &mut canvas, &[], &[]);
        assert_eq!(canvas.ids(), [1, MASK, 5, MASK, MASK, MASK, MASK, 6]);
        let (mut canvas, mut piece) = filling(&[MASK, 5, MASK], "");
        advance(&mut *piece, &mut canvas, &rows(&[(2, 0.05)]), &[]);
        assert_eq!(canvas.ids(), [1, MASK, MASK, MASK, 5, MASK, STOP, STOP]);
        assert!(canvas.is_pinned(4));
    }

    #[test]
    fn a_full_canvas_opens_nothing_and_a_model_without_an_end_is_refused() {
        let canvas = template(&[5]);
        assert_eq!(built(SMALL, None, &canvas).open(&canvas), None);
        let endless = Vocabulary {
            stop_ids: vec![],
            ..vocabulary()
        };
        is_refused("daedal", &endless);
    }
}
