//! The loop commits what the published samplers commit, step by step.

use proptest::prelude::*;
use unmask_engine::decode::{Canvas, Convention, DecodeOptions, Proposal, Segment, method::Choice};

use crate::reference::{Settings, Trace, fast_dllm, llada};
use crate::toy::{MASK, SIZE, Toy, commits, driver, run};

#[derive(Clone, Debug)]
pub struct Case {
    pub toy: Toy,
    pub prompt: Vec<u32>,
    /// Behind the prompt: MASK is open, the rest is pinned.
    pub template: Vec<u32>,
    pub blocks: usize,
    pub settings: Settings,
}

impl Case {
    pub fn options(&self, select: Choice) -> DecodeOptions {
        DecodeOptions {
            block: Some(self.settings.block as u32),
            select,
            exit: Choice::new("full"),
            proposal: Proposal {
                convention: Convention::Llada,
                temperature: self.settings.temperature,
                seed: self.settings.seed,
                ..Proposal::default()
            },
            ..DecodeOptions::default()
        }
    }

    pub fn sequence(&self) -> Vec<u32> {
        [self.prompt.as_slice(), &self.template].concat()
    }

    pub fn decode(&self, select: Choice) -> Trace {
        let segments = [Segment::Pinned(self.template.clone())];
        let canvas = Canvas::new(&self.prompt, &segments, MASK);
        let (frames, canvas) = run(driver(canvas, &self.options(select)), &mut self.toy.clone());
        (commits(&frames), canvas.ids().to_vec())
    }
}

fn at(threshold: f32) -> Choice {
    Choice::new("threshold").with("threshold", threshold)
}

fn token() -> impl Strategy<Value = u32> {
    (0..SIZE).prop_filter("MASK is no given token", |&id| id != MASK)
}

prop_compose! {
    pub fn case()(blocks in 1..5usize, block in 1..9usize)(
        toy in any::<u32>().prop_map(|seed| Toy { seed }),
        prompt in prop::collection::vec(token(), 0..6),
        template in prop::collection::vec(prop_oneof![4 => Just(MASK), 1 => token()], blocks * block),
        temperature in prop_oneof![Just(0.0f32), Just(0.7), Just(1.5)],
        seed in any::<u64>(),
        (blocks, block) in Just((blocks, block)),
    ) -> Case {
        let settings = Settings { prompt_len: prompt.len(), block, temperature, seed };
        Case { toy, prompt, template, blocks, settings }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn even_split_is_lladas_sampler(case in case(), block_steps in 1..12usize) {
        let steps = block_steps * case.blocks;
        let expected = llada(&case.toy, case.sequence(), steps, &case.settings);
        let even = Choice::new("even").with("steps", steps as u32);
        prop_assert_eq!(case.decode(even), expected);
    }

    #[test]
    fn threshold_is_fast_dllms_rule(case in case(), threshold in 0.0..=1.0f32) {
        let expected = fast_dllm(&case.toy, case.sequence(), threshold, &case.settings);
        prop_assert_eq!(case.decode(at(threshold)), expected);
    }

    #[test]
    fn one_token_a_step_is_threshold_one_where_nothing_is_certain(case in case()) {
        let even = case.decode(Choice::new("even"));
        prop_assert_eq!(even, case.decode(at(1.0)));
    }
}

#[test]
fn the_cases_do_contain_ties() {
    // The tie rule is only shown by the properties above if the toy produces ties.
    let toy = Toy { seed: 1 };
    let ids = vec![MASK; 16];
    let mut sorted: Vec<Vec<u32>> = (0..16)
        .map(|position| {
            let mut levels: Vec<u32> = toy
                .logits(&ids, position)
                .iter()
                .map(|l| *l as u32)
                .collect();
            levels.remove(MASK as usize);
            levels.sort_unstable();
            levels
        })
        .collect();
    assert!(
        sorted.iter().any(|levels| levels[5] == levels[6]),
        "tokens tie"
    );
    sorted.sort();
    assert!(sorted.windows(2).any(|pair| pair[0] == pair[1]), "rows tie");
}
