//! Methods that read several continuations or verify drafts: FreeDave writes what its reference
//! writes, S2D2 what its verifier does, LoPA what a slow reading of the paper does.

use proptest::prelude::*;
use unmask_engine::ErrorCode;
use unmask_engine::decode::{
    Canvas, DecodeOptions, Driver, Guidance, Proposal, Segment, method::Choice,
};

use crate::agreement::{Case, case};
use crate::properties::canvas;
use crate::reference::{Trace, lopa};
use crate::toy::{MASK, STOP, Toy, driver, first_largest, run, vocabulary};

/// A step size: one token, or everything that reaches a threshold.
fn threshold() -> impl Strategy<Value = Option<f32>> {
    prop::option::of(0.2..=1.0f32)
}

fn reference(threshold: Option<f32>) -> Choice {
    match threshold {
        Some(threshold) => Choice::new("threshold").with("threshold", threshold),
        None => Choice::new("even"),
    }
}

fn freedave(drafts: u32, threshold: Option<f32>) -> Choice {
    let choice = Choice::new("freedave").with("drafts", drafts);
    match threshold {
        Some(threshold) => choice.with("threshold", threshold),
        None => choice,
    }
}

/// Whether every step of `found` is some steps of `expected` in a row.
fn is_grouped(found: &Trace, expected: &Trace) -> bool {
    let mut steps = expected.0.iter();
    let whole = |step: &Vec<(u32, u32)>| {
        let mut taken: Vec<(u32, u32)> = Vec::new();
        while taken.len() < step.len() {
            let Some(next) = steps.next() else {
                return false;
            };
            taken.extend(next);
        }
        taken.sort_unstable();
        taken == *step
    };
    found.0.iter().all(whole) && found.1 == expected.1
}

fn cold(case: Case) -> Case {
    let mut case = case;
    case.settings.temperature = 0.0;
    case
}

fn options(select: Choice, block: Option<u32>) -> DecodeOptions {
    DecodeOptions {
        block,
        select,
        ..DecodeOptions::default()
    }
}

/// Forwards, and the sequence that a model with blocks of `grid` ends with.
fn on_grid(case: &Case, select: Choice, grid: u32, exit: &str) -> (u32, Vec<u32>) {
    let options = DecodeOptions {
        grid: Some(grid),
        tri_mode: true,
        exit: Choice::new(exit),
        ..options(select, None)
    };
    let segments = [Segment::Pinned(case.template.clone())];
    let canvas = Canvas::new(&case.prompt, &segments, MASK);
    let mut driver = driver(canvas, &options);
    let mut steps = 0;
    while let Some(frame) = pollster::block_on(driver.step(&mut case.toy.clone())).unwrap() {
        assert_eq!((frame.step, frame.forwards), (steps, driver.forwards()));
        steps += 1;
    }
    (driver.forwards(), driver.canvas().ids().to_vec())
}

fn masks(ids: &[u32]) -> u32 {
    ids.iter().filter(|id| **id == MASK).count() as u32
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn freedave_takes_the_steps_of_its_reference(
        case in case().prop_map(cold), drafts in 1..9u32, threshold in threshold(),
    ) {
        let expected = case.decode(reference(threshold));
        let found = case.decode(freedave(drafts, threshold));
        prop_assert!(is_grouped(&found, &expected), "{found:?} of {expected:?}");
    }

    /// Given tokens anywhere, and a text that may end before its canvas does.
    #[test]
    fn freedave_writes_what_its_reference_writes(
        canvas in canvas(), block in prop::option::of(1..12u32), drafts in 1..9u32,
        threshold in threshold(), seed in any::<u32>(),
    ) {
        let decode = |select| {
            let driver = driver(canvas.clone(), &options(select, block));
            let (frames, canvas) = run(driver, &mut Toy { seed });
            (frames.len(), canvas.ids().to_vec())
        };
        let (steps, expected) = decode(reference(threshold));
        let (forwards, found) = decode(freedave(drafts, threshold));
        prop_assert_eq!(found, expected);
        prop_assert!(forwards <= steps);
    }

    /// With every draft verified, the text is that of the model in blocks of one, left to right, each
    /// token a sample of its own distribution behind those before it.
    #[test]
    fn s2d2_writes_what_its_verifier_writes(
        case in case().prop_map(cold), grid in 2..9u32, stops in any::<bool>(),
    ) {
        let mut expected = case.sequence();
        for position in 0..expected.len() {
            if expected[position] == MASK {
                let mut logits = case.toy.logits(&expected[..=position], position);
                logits[MASK as usize] = f32::NEG_INFINITY;
                expected[position] = first_largest(&logits);
            }
        }
        let linear = on_grid(&case, Choice::new("linear_spec"), grid, "full");
        // Nothing is before the first position, so its token is the draft's.
        prop_assert!(linear.1 == expected || case.sequence()[0] == MASK, "{linear:?}");
        let select = Choice::new("s2d2").with("cost", 0.0);
        let (forwards, found) = on_grid(&case, select.clone(), grid, "full");
        prop_assert_eq!(&found, &expected);
        prop_assert!(forwards <= 2 * masks(&case.sequence()));
        if stops {
            let (_, ended) = on_grid(&case, select, grid, "eos");
            let end = ended.iter().zip(&expected).take_while(|(a, b)| a == b).count();
            prop_assert!(end == ended.len() || ended[..end].contains(&STOP), "{ended:?}");
        }
    }

    /// Where nothing is verified, the rule is SDAR's.
    #[test]
    fn s2d2_is_dynamic_where_it_does_not_draft(
        case in case(), grid in 2..9u32, threshold in 0.2..=1.0f32, steps in 1..40u32,
    ) {
        let choice = |name| {
            let choice = Choice::new(name).with("threshold", threshold);
            choice.with("steps", steps)
        };
        let dynamic = on_grid(&case, choice("dynamic"), grid, "full");
        let dear = choice("s2d2").with("cost", 1e9).with_word("routing", "static");
        prop_assert_eq!(on_grid(&case, dear, grid, "full"), dynamic);
        let elsewhere = case.decode(choice("s2d2").with("cost", 0.0));
        prop_assert_eq!(elsewhere, case.decode(choice("dynamic")), "no grid");
    }

    #[test]
    fn lopa_goes_on_with_the_surest_branch(
        case in case().prop_map(cold), branches in 1..6u32, threshold in 0.2..=1.0f32,
    ) {
        let expected = lopa(&case.toy, case.sequence(), branches as usize, threshold, &case.settings);
        let select = Choice::new("lopa")
            .with("branches", branches)
            .with("threshold", threshold);
        prop_assert_eq!(case.decode(select), expected);
    }
}

/// The properties above would hold of drafts that are never read.
#[test]
fn freedave_needs_fewer_forwards() {
    let forwards = |select: Choice| -> u32 {
        let of_seed = |seed| {
            let canvas = Canvas::new(&[1], &[Segment::Masked(24)], MASK);
            let mut driver = driver(canvas, &options(select.clone(), Some(8)));
            while pollster::block_on(driver.step(&mut Toy { seed }))
                .unwrap()
                .is_some()
            {}
            driver.forwards()
        };
        (0..40).map(of_seed).sum()
    };
    let one = forwards(Choice::new("even"));
    let [few, many] = [1, 6].map(|drafts| forwards(freedave(drafts, None)));
    assert!(many < few && few < one, "{many}, {few}, {one}");
}

#[test]
fn guidance_by_the_tokens_of_one_canvas_is_refused() {
    let guided = |guidance, select| {
        let canvas = Canvas::new(&[1], &[Segment::Masked(4)], MASK);
        let options = DecodeOptions {
            proposal: Proposal {
                guidance,
                ..Proposal::default()
            },
            ..options(Choice::new(select), None)
        };
        Driver::new(canvas, vocabulary(), &options).err()
    };
    let [scaled, penalised] =
        [(1.0, 1.0), (0.0, 1.2)].map(|(cfg_scale, repetition_penalty)| Guidance {
            cfg_scale,
            repetition_penalty,
            ..Guidance::default()
        });
    for select in ["freedave", "lopa"] {
        for guidance in [&scaled, &penalised] {
            let error = guided(guidance.clone(), select).expect("refused");
            assert_eq!(error.code, ErrorCode::BadInput);
        }
        assert!(guided(Guidance::default(), select).is_none());
    }
    assert!(guided(scaled, "threshold").is_none());
}
