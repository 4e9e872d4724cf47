//! What holds for every combination of pieces, adversarial ones included.

use proptest::prelude::*;
use unmask_engine::decode::method::{Choice, Kind, Parameter, Value};
use unmask_engine::decode::row_plan::FullPlan;
use unmask_engine::decode::select::METHODS;
use unmask_engine::decode::{
    Block, Canvas, Commit, Convention, DecodeOptions, Driver, Frame, Pieces, Plan, Proposal,
    RowPlan, Segment,
};

use crate::toy::{MASK, PAD, SIZE, STOP, Toy, driver, run, vocabulary};
use crate::whim::whimsical;

pub fn canvas() -> impl Strategy<Value = Canvas> {
    let segment = prop_oneof![
        prop::collection::vec(0..SIZE, 0..4).prop_map(Segment::Pinned),
        (0..12u32).prop_map(Segment::Masked),
    ];
    let prompt = prop::collection::vec(0..SIZE, 0..6);
    (prompt, prop::collection::vec(segment, 0..5))
        .prop_map(|(prompt, segments)| Canvas::new(&prompt, &segments, MASK))
}

/// A value that `parameter` allows.
fn value(parameter: &Parameter) -> BoxedStrategy<Value> {
    match parameter.kind {
        Kind::Real(least, most) => {
            let near = least..=most.min(least + 3.0);
            prop_oneof![4 => near, 1 => Just(least), 1 => Just(most)]
                .prop_map(Value::Number)
                .boxed()
        }
        Kind::Count(least, most) => (least..=most.min(least + 40))
            .prop_map(|count| Value::Number(count.into()))
            .boxed(),
        Kind::Word(words) => prop::sample::select(words)
            .prop_map(|word| Value::Word(word.to_owned()))
            .boxed(),
    }
}

/// A method with some of its parameters set, or none.
fn choice(name: &'static str, parameters: &[Parameter]) -> BoxedStrategy<Choice> {
    let values: Vec<_> = parameters
        .iter()
        .map(|parameter| prop::option::of(value(parameter)))
        .collect();
    let names: Vec<String> = parameters
        .iter()
        .map(|parameter| parameter.name.to_owned())
        .collect();
    values
        .prop_map(move |values| {
            let given = names.iter().cloned().zip(values);
            let mut choice = Choice::new(name);
            choice.values = given
                .filter_map(|(name, value)| Some((name, value?)))
                .collect();
            choice
        })
        .boxed()
}

/// Any select method with any parameters.
fn select() -> impl Strategy<Value = Choice> {
    let methods = METHODS.iter();
    let choices: Vec<_> = methods
        .map(|method| choice(method.name, method.parameters))
        .collect();
    prop::strategy::Union::new(choices)
}

prop_compose! {
    fn options()(
        block in prop::option::of(1..12u32),
        select in select(),
        exit in prop_oneof![Just(Choice::new("eos")), Just(Choice::new("full"))],
        convention in prop_oneof![Just(Convention::Llada), Just(Convention::Dream)],
        temperature in prop_oneof![Just(0.0f32), 0.1..2.0f32],
        seed in any::<u64>(),
    ) -> DecodeOptions {
        let proposal = Proposal { convention, temperature, seed, ..Proposal::default() };
        DecodeOptions { block, select, exit, proposal, ..DecodeOptions::default() }
    }
}

/// Replays `frames` on the ids of `before` and checks every one.
fn check_frames(before: &Canvas, after: &Canvas, frames: &[Frame]) -> Result<(), TestCaseError> {
    let mut ids = before.ids().to_vec();
    for (index, frame) in frames.iter().enumerate() {
        prop_assert_eq!(
            (frame.step, frame.forwards),
            (index as u32, index as u32 + 1)
        );
        prop_assert!(!frame.committed.is_empty(), "every forward makes progress");
        for commit in &frame.committed {
            prop_assert_eq!(
                ids[commit.position as usize],
                MASK,
                "only open positions are committed"
            );
            prop_assert!(commit.id != MASK, "MASK is never proposed");
            prop_assert!((0.0..=1.0).contains(&commit.confidence));
            prop_assert!(
                frame
                    .records
                    .iter()
                    .any(|row| row.position == commit.position)
            );
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
        prop_assert_eq!(frame.finished, index + 1 == frames.len());
        prop_assert!(
            frame.filled.is_empty() || frame.finished,
            "padding ends a run"
        );
    }
    prop_assert_eq!(&ids, after.ids(), "frames tell the whole story");
    prop_assert_eq!(after.masks(), 0);
    Ok(())
}

fn positions<'a>(edits: impl Iterator<Item = &'a Commit>) -> Vec<u32> {
    edits.map(|edit| edit.position).collect()
}

/// Behind padding there is nothing but padding.
fn check_end(after: &Canvas, last: &Frame) -> Result<(), TestCaseError> {
    let Some(first) = last.filled.first() else {
        return Ok(());
    };
    let stop = (0..first.position)
        .rev()
        .find(|&position| after.id(position) != PAD);
    prop_assert_eq!(stop.map(|position| after.id(position)), Some(STOP));
    for position in first.position..after.len() {
        prop_assert_eq!(after.id(position), PAD);
    }
    Ok(())
}

#[test]
fn every_method_runs_with_its_defaults() {
    let mut names = std::collections::BTreeSet::new();
    for method in METHODS {
        assert!(names.insert(method.name), "{} is there twice", method.name);
        for block in [None, Some(5)] {
            let canvas = Canvas::new(&[1, MASK], &[Segment::Masked(17)], MASK);
            let options = DecodeOptions {
                block,
                select: Choice::new(method.name),
                exit: Choice::new("full"),
                ..DecodeOptions::default()
            };
            let (frames, after) = run(driver(canvas.clone(), &options), &mut Toy { seed: 4 });
            check_frames(&canvas, &after, &frames).unwrap();
            assert!(frames.len() <= 18, "{}", method.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn every_run_ends_and_frames_add_up(canvas in canvas(), options in options(), seed in any::<u32>()) {
        let (frames, after) = run(driver(canvas.clone(), &options), &mut Toy { seed });
        check_frames(&canvas, &after, &frames)?;
        prop_assert!(frames.len() as u32 <= canvas.masks(), "the loop bound");
        let mut written: Vec<u32> = positions(frames.iter().flat_map(|frame| &frame.committed));
        if options.exit == Choice::new("full") {
            prop_assert_eq!(written.len() as u32, canvas.masks(), "commits add up to the masks");
        }
        written.extend(positions(frames.iter().flat_map(|frame| &frame.filled)));
        written.sort_unstable();
        written.dedup();
        let open: Vec<u32> = canvas.masked_in(0..canvas.len()).collect();
        prop_assert_eq!(written, open, "what was open is committed or padding, and nothing else");
        if let Some(last) = frames.last() {
            check_end(&after, last)?;
        }
    }

    #[test]
    fn a_committed_position_changes_only_behind_the_end(canvas in canvas(), options in options(), seed in any::<u32>()) {
        let (frames, after) = run(driver(canvas, &options), &mut Toy { seed });
        let end = frames.last().and_then(|last| last.filled.first()).map(|fill| fill.position);
        for commit in frames.iter().flat_map(|frame| &frame.committed) {
            if end.is_none_or(|end| commit.position < end) {
                prop_assert_eq!(after.id(commit.position), commit.id);
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_trace(canvas in canvas(), options in options(), seed in any::<u32>()) {
        let once = run(driver(canvas.clone(), &options), &mut Toy { seed });
        prop_assert_eq!(once, run(driver(canvas, &options), &mut Toy { seed }));
    }

    #[test]
    fn blocks_are_filled_from_left_to_right(canvas in canvas(), options in options(), seed in any::<u32>()) {
        let (frames, _) = run(driver(canvas.clone(), &options), &mut Toy { seed });
        let size = options.block.unwrap_or(canvas.len());
        let mut blocks = Vec::new();
        for frame in &frames {
            for commit in &frame.committed {
                let offset = commit.position.saturating_sub(canvas.prompt_len());
                prop_assert_eq!(offset / size, frame.block, "commits stay in the open block");
            }
            blocks.push(frame.block);
        }
        prop_assert!(blocks.is_sorted());
    }

    #[test]
    fn whimsical_pieces_keep_pins_and_end_within_the_bound(
        canvas in canvas(), whim in any::<u32>(), budget in 0..30u32, eos in any::<bool>(), seed in any::<u32>(),
    ) {
        let pieces = whimsical(&canvas, whim, budget, eos);
        let proposal = Proposal::default();
        let driver = Driver::with_pieces(canvas.clone(), vocabulary(), proposal, pieces).unwrap();
        let (frames, after) = run(driver, &mut Toy { seed });
        check_frames(&canvas, &after, &frames)?;
        prop_assert!(frames.len() as u32 <= canvas.masks() + budget);
    }

    #[test]
    fn every_method_copes_with_missing_rows_and_remasks(
        canvas in canvas(), options in options(), whim in any::<u32>(), budget in 0..30u32, seed in any::<u32>(),
    ) {
        let mut pieces = whimsical(&canvas, whim, budget, false);
        pieces.select = Pieces::new(&options, &canvas, &vocabulary()).unwrap().select;
        let driver = Driver::with_pieces(canvas.clone(), vocabulary(), options.proposal, pieces).unwrap();
        let (frames, after) = run(driver, &mut Toy { seed });
        check_frames(&canvas, &after, &frames)?;
        prop_assert!(frames.len() as u32 <= canvas.masks() + budget);
    }

    #[test]
    fn a_plan_that_gives_every_record_is_the_full_plan(canvas in canvas(), options in options(), seed in any::<u32>()) {
        let mut pieces = Pieces::new(&options, &canvas, &vocabulary()).unwrap();
        pieces.row_plan = Box::new(Everything);
        let everything = Driver::with_pieces(canvas.clone(), vocabulary(), options.proposal.clone(), pieces).unwrap();
        let (frames, after) = run(everything, &mut Toy { seed });
        let (expected, expected_after) = run(driver(canvas, &options), &mut Toy { seed });
        prop_assert_eq!(after, expected_after);
        prop_assert_eq!(crate::toy::commits(&frames), crate::toy::commits(&expected));
    }
}

/// Asks for the record of every position, committed and given ones too.
struct Everything;

impl RowPlan for Everything {
    fn plan(&mut self, canvas: &Canvas, block: &Block, wanted: &[u32], step: u32) -> Plan {
        let mut plan = FullPlan.plan(canvas, block, wanted, step);
        plan.records = (0..canvas.len()).collect();
        plan
    }
}
