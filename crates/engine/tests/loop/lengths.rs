//! The structures of AdaBlock, DAEDAL and rho-EOS, agreed with step by step.

use proptest::prelude::*;
use unmask_engine::decode::{Canvas, DecodeOptions, Segment, method::Choice};

use crate::reference::growing::{Ada, Grown, Growth, adablock, daedal, rho_eos};
use crate::toy::{MASK, SIZE, Toy, driver, run};

#[derive(Clone, Debug)]
struct Case {
    toy: Toy,
    prompt: Vec<u32>,
    open: u32,
    block: u32,
    threshold: f32,
}

prop_compose! {
    fn case()(
        toy in any::<u32>().prop_map(|seed| Toy { seed }),
        prompt in prop::collection::vec((0..SIZE).prop_filter("given", |&id| id != MASK), 0..5),
        open in 1..20u32,
        block in 1..9u32,
        threshold in 0.0..=1.0f32,
    ) -> Case {
        Case { toy, prompt, open, block, threshold }
    }
}

impl Case {
    /// Every step's canvas behind its edits, as the loop makes it.
    fn decode(&self, structure: &str) -> Grown {
        let options = DecodeOptions {
            block: Some(self.block),
            select: Choice::new("threshold").with("threshold", self.threshold),
            structure: structure.parse().unwrap(),
            exit: Choice::new("full"),
            ..DecodeOptions::default()
        };
        let canvas = Canvas::new(&self.prompt, &[Segment::Masked(self.open)], MASK);
        let mut ids = canvas.ids().to_vec();
        let (frames, after) = run(driver(canvas, &options), &mut self.toy.clone());
        let mut steps = Vec::new();
        for frame in &frames {
            for commit in &frame.committed {
                ids[commit.position as usize] = commit.id;
            }
            for splice in &frame.spliced {
                let gone = splice.at as usize..(splice.at + splice.removed) as usize;
                ids.splice(gone, splice.inserted.iter().copied());
            }
            steps.push(ids.clone());
        }
        assert_eq!(ids, after.ids());
        steps
    }

    fn growth(&self) -> Growth {
        Growth {
            open: self.open as usize,
            block: self.block as usize,
            threshold: self.threshold,
            ..Growth::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn daedal_is_the_published_sampler(
        case in case(), growth in 1..6usize, window in 1..9usize, most in 20..70usize,
        length in 0.0..0.6f32, expand in 0.0..1.0f32, low in 0.0..0.6f32,
    ) {
        let text = format!(
            "daedal:growth={growth},window={window},max_length={most},length_threshold={length},expand_threshold={expand},low={low}"
        );
        let settings = Growth { growth, window, most, length, expand, low, ..case.growth() };
        prop_assert_eq!(case.decode(&text), daedal(&case.toy, &case.prompt, &settings));
    }

    #[test]
    fn rho_eos_is_the_published_sampler(
        case in case(), growth in 1..6usize, most in 20..70usize, steps in 0..20usize,
        low in 0.0..0.5f32, high in 0.5..1.0f32,
        scheduler in prop::sample::select(vec!["exp", "linear", "const"]),
    ) {
        let text = format!(
            "rho_eos:growth={growth},max_length={most},adjust_steps={steps},low={low},high={high},scheduler={scheduler}"
        );
        let settings = Growth { growth, most, low, high, steps, scheduler, ..case.growth() };
        prop_assert_eq!(case.decode(&text), rho_eos(&case.toy, &case.prompt, &settings));
    }

    #[test]
    fn adablock_is_the_published_sampler(case in case(), delimiter in 0.0..1.0f32, window in 0.0..=1.0f32) {
        let text = format!("adablock:delimiter_threshold={delimiter},window={window}");
        let settings = Ada { delimiter, window };
        prop_assert_eq!(case.decode(&text), adablock(&case.toy, &case.prompt, &case.growth(), &settings));
    }
}
