//! Select methods against slow references, and who goes last.

use proptest::prelude::*;
use unmask_engine::decode::{DecodeOptions, method::Choice};

use crate::agreement::{Case, case};
use crate::reference::dream::dream;
use crate::reference::rules::{
    View, blockwise, dynamic, entropy_bound, factor, hierarchical, local_leap,
};
use crate::script::{Script, masks};
use crate::toy::{STOP, commits, driver, run};

fn check(
    case: &Case,
    select: Choice,
    rule: impl Fn(&View) -> Vec<usize>,
) -> Result<(), TestCaseError> {
    let expected = blockwise(&case.toy, case.sequence(), &case.settings, rule);
    prop_assert_eq!(case.decode(select), expected);
    Ok(())
}

/// `case` at temperature 0 with the whole canvas as one block.
fn whole(mut case: Case) -> Case {
    case.settings.temperature = 0.0;
    case.settings.block = case.template.len();
    case.blocks = 1;
    case
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn dream_is_the_published_sampler(
        case in case(),
        order in prop::sample::select(&["origin", "maskgit_plus", "topk_margin", "entropy"][..]),
        steps in 1..60u32,
    ) {
        let case = whole(case);
        let select = Choice::new("dream").with_word("order", order).with("steps", steps);
        let expected = dream(&case.toy, case.sequence(), steps, order, case.settings.seed);
        prop_assert_eq!(case.decode(select), expected);
    }

    #[test]
    fn factor_is_the_formula(case in case(), f in 0.0..4.0f32) {
        check(&case, Choice::new("factor").with("factor", f), |view| factor(view, f))?;
    }

    #[test]
    fn dynamic_is_sdars_rule(case in case(), threshold in 0.0..=1.0f32, steps in 1..12usize) {
        let select = Choice::new("dynamic")
            .with("threshold", threshold)
            .with("steps", (steps * case.blocks) as u32);
        check(&case, select, |view| dynamic(view, threshold, steps))?;
    }

    #[test]
    fn entropy_bound_is_the_sum_without_the_largest(
        case in case(),
        order in prop::sample::select(&["entropy", "confidence", "margin"][..]),
        gamma in prop_oneof![Just(0.0f32), Just(f32::INFINITY), 0.0..6.0f32],
    ) {
        let select = Choice::new("entropy_bound").with_word("order", order).with("gamma", gamma);
        check(&case, select, |view| entropy_bound(view, gamma.into(), order))?;
    }

    #[test]
    fn localleap_is_two_thresholds_by_distance(
        case in case(), threshold in 0.0..=1.0f32, relaxed in 0.0..=1.0f32, radius in 0..6usize,
    ) {
        let select = Choice::new("localleap")
            .with("threshold", threshold)
            .with("relaxed", relaxed)
            .with("radius", radius as u32);
        check(&case, select, |view| local_leap(view, threshold, relaxed, radius))?;
    }

    #[test]
    fn hierarchical_is_the_best_of_each_run(
        case in case(), high in 0.0..=1.0f32, low in 0.0..=1.0f32,
    ) {
        let select = Choice::new("hierarchical").with("high", high).with("low", low);
        check(&case, select, |view| hierarchical(view, high, low))?;
    }
}

/// Methods that rank by confidence, unable to pass more than one at a time.
const BY_CONFIDENCE: [&str; 10] = [
    "threshold:threshold=1",
    "even",
    "random:noise=0",
    "dream:order=maskgit_plus",
    "static",
    "dynamic:threshold=1",
    "factor:factor=0",
    "localleap:threshold=1",
    "hierarchical:high=1,low=1",
    "wide:threshold=1",
];

fn trace(select: &str, script: &[(u32, f32)]) -> Vec<Vec<(u32, u32)>> {
    let options = DecodeOptions {
        select: select.parse().unwrap(),
        exit: Choice::new("full"),
        ..DecodeOptions::default()
    };
    let canvas = masks(script.len() as u32);
    let (frames, _) = run(driver(canvas, &options), &mut Script(script.to_vec()));
    commits(&frames)
}

#[test]
fn a_stop_token_without_confidence_goes_last() {
    for select in BY_CONFIDENCE {
        let trace = trace(select, &[(STOP, 0.0), (1, 0.1), (STOP, 0.0), (3, 0.2)]);
        let order: Vec<u32> = trace.iter().flatten().map(|commit| commit.0).collect();
        assert_eq!(order, [3, 1, 0, 2], "{select}");
    }
}

#[test]
fn of_equals_the_lower_position_goes_first() {
    for select in BY_CONFIDENCE {
        let trace = trace(select, &[(1, 0.2), (1, 0.5), (1, 0.5), (1, 0.2)]);
        let order: Vec<u32> = trace.iter().flatten().map(|commit| commit.0).collect();
        assert_eq!(order, [1, 2, 0, 3], "{select}");
    }
}

#[test]
fn the_bounds_of_the_entropy_budget() {
    // The script has no entropy at all: every order fits the smallest budget.
    let all = trace("entropy_bound:gamma=0", &[(1, 0.2), (1, 0.5)]);
    assert_eq!(all, [[(0, 1), (1, 1)]]);
}
