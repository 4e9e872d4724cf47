//! What holds for every revise and every exit method, with any values and any partner.

use std::collections::BTreeSet;

use proptest::prelude::*;
use unmask_engine::decode::{
    Canvas, Convention, DecodeOptions, Frame, Pieces, Proposal, exit, revise, select,
};

use crate::choices::{any_of, named};
use crate::properties::canvas;
use crate::toy::{MASK, Toy, driver, run, vocabulary};

const PARTNERS: &[&str] = &["even", "threshold", "saber", "p2", "running_confidence"];

prop_compose! {
    fn options()(
        block in prop::option::of(1..12u32),
        select in named(select::METHODS, PARTNERS),
        revise in any_of(revise::METHODS),
        exit in any_of(exit::METHODS),
        convention in prop_oneof![Just(Convention::Llada), Just(Convention::Dream)],
        temperature in prop_oneof![Just(0.0f32), 0.1..2.0f32],
        seed in any::<u64>(),
    ) -> DecodeOptions {
        let proposal = Proposal { convention, temperature, seed, ..Proposal::default() };
        DecodeOptions { block, select, revise, exit, proposal, ..DecodeOptions::default() }
    }
}

/// Replays one frame on `ids` and checks what it may touch.
fn replay(before: &Canvas, ids: &mut [u32], frame: &Frame) -> Result<(), TestCaseError> {
    let committed: BTreeSet<u32> = frame.committed.iter().map(|c| c.position).collect();
    prop_assert_eq!(committed.len(), frame.committed.len(), "once each");
    for commit in &frame.committed {
        prop_assert_eq!(ids[commit.position as usize], MASK, "only what is open");
        prop_assert!(commit.id != MASK && (0.0..=1.0).contains(&commit.confidence));
    }
    let mut revised = BTreeSet::new();
    for edit in &frame.revised {
        prop_assert!(ids[edit.position as usize] != MASK, "only what is written");
        prop_assert!(!committed.contains(&edit.position), "not what is new");
        prop_assert!(revised.insert(edit.position), "once each");
    }
    for edit in [&frame.committed, &frame.revised, &frame.filled]
        .into_iter()
        .flatten()
    {
        prop_assert!(!before.is_pinned(edit.position), "pins stay");
        ids[edit.position as usize] = edit.id;
    }
    let masks = ids.iter().filter(|&&id| id == MASK).count() as u32;
    prop_assert_eq!(frame.masks_left, masks);
    Ok(())
}

/// Whether some forwards only read: those of a full block, beside what else is open.
fn rereads(options: &DecodeOptions) -> bool {
    ["edit", "token_to_mask"].contains(&options.revise.name.as_str())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_combination_keeps_pins_ends_in_time_and_tells_the_whole_story(
        canvas in canvas(), options in options(), seed in any::<u32>(),
    ) {
        let pieces = Pieces::new(&options, &canvas, &vocabulary()).unwrap();
        let bound = canvas.masks().saturating_add(pieces.revise.budget());
        // The driver itself panics beyond the bound.
        let (frames, after) = run(driver(canvas.clone(), &options), &mut Toy { seed });
        prop_assert!(frames.len() as u32 <= bound);
        let mut ids = canvas.ids().to_vec();
        for (index, frame) in frames.iter().enumerate() {
            let read = frame.records.iter().any(|row| ids[row.position as usize] == MASK);
            prop_assert!(!frame.committed.is_empty() || !read || rereads(&options), "progress");
            replay(&canvas, &mut ids, frame)?;
            prop_assert_eq!(frame.finished, index + 1 == frames.len());
            prop_assert!(frame.filled.is_empty() || frame.finished, "padding ends a run");
        }
        prop_assert_eq!(&ids, after.ids());
        prop_assert_eq!(after.masks(), 0);
        let again = run(driver(canvas, &options), &mut Toy { seed });
        prop_assert_eq!((frames, after), again, "the same seed, the same trace");
    }
}
