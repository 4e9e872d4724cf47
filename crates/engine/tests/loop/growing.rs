//! What holds for every structure method, with any values of its parameters: also for those that
//! change the length of the canvas.

use proptest::prelude::*;
use unmask_engine::decode::method::{Choice, Kind, Parameter};
use unmask_engine::decode::structure::METHODS;
use unmask_engine::decode::{Canvas, DecodeOptions, Frame, Proposal, Segment};

use crate::toy::{MASK, SIZE, Toy, driver, run};

/// Some valid value of `parameter`, written as a caller would; `None` leaves it out.
fn value(parameter: &Parameter) -> BoxedStrategy<Option<String>> {
    let given = match parameter.kind {
        Kind::Real(least, most) => {
            let most = most.min(least + 10.0);
            (least..=most).prop_map(|real| real.to_string()).boxed()
        }
        Kind::Count(least, most) => {
            let most = most.min(least + 40);
            (least..=most).prop_map(|count| count.to_string()).boxed()
        }
        Kind::Word(words) => prop::sample::select(words.to_vec())
            .prop_map(str::to_owned)
            .boxed(),
    };
    prop::option::weighted(0.7, given).boxed()
}

/// Any structure method with any values.
fn structure() -> impl Strategy<Value = Choice> {
    (0..METHODS.len()).prop_flat_map(|index| {
        let method = &METHODS[index];
        let values: Vec<_> = method.parameters.iter().map(value).collect();
        values.prop_map(move |values| {
            let named = method.parameters.iter().zip(values);
            let set: Vec<String> = named
                .filter_map(|(parameter, value)| Some(format!("{}={}", parameter.name, value?)))
                .collect();
            let text = format!("{}:{}", method.name, set.join(","));
            text.parse().expect("it is written as a caller would")
        })
    })
}

/// A canvas that may grow to a limit not far off.
fn canvas() -> impl Strategy<Value = Canvas> {
    let segment = prop_oneof![
        1 => prop::collection::vec(0..SIZE, 0..4).prop_map(Segment::Pinned),
        2 => (0..12u32).prop_map(Segment::Masked),
    ];
    let prompt = prop::collection::vec(0..SIZE, 0..6);
    (prompt, prop::collection::vec(segment, 0..5), 0..60u32).prop_map(|(prompt, segments, room)| {
        let canvas = Canvas::new(&prompt, &segments, MASK);
        let limit = canvas.len() + room;
        canvas.with_limit(limit)
    })
}

prop_compose! {
    fn options()(
        structure in structure(),
        block in prop::option::of(1..12u32),
        select in prop_oneof![
            Just(Choice::new("even")),
            (1..40u32).prop_map(|steps| Choice::new("even").with("steps", steps)),
            (0.0..=1.0f32).prop_map(|threshold| Choice::new("threshold").with("threshold", threshold)),
        ],
        exit in prop_oneof![Just(Choice::new("eos")), Just(Choice::new("full"))],
        temperature in prop_oneof![Just(0.0f32), 0.1..2.0f32],
        seed in any::<u64>(),
    ) -> DecodeOptions {
        let proposal = Proposal { temperature, seed, ..Proposal::default() };
        DecodeOptions { block, select, structure, exit, proposal, ..DecodeOptions::default() }
    }
}

/// The tokens of a canvas and which of them are given, as the frames tell them.
struct Replay {
    ids: Vec<u32>,
    pinned: Vec<bool>,
}

impl Replay {
    fn of(canvas: &Canvas) -> Self {
        Self {
            ids: canvas.ids().to_vec(),
            pinned: (0..canvas.len()).map(|p| canvas.is_pinned(p)).collect(),
        }
    }

    fn masks(&self) -> usize {
        self.ids.iter().filter(|&&id| id == MASK).count()
    }

    /// Commits and revisions, then changes of length, then padding.
    fn apply(&mut self, frame: &Frame, limit: usize) -> Result<(), TestCaseError> {
        for commit in &frame.committed {
            let position = commit.position as usize;
            prop_assert_eq!(
                self.ids[position],
                MASK,
                "only open positions are committed"
            );
            self.ids[position] = commit.id;
        }
        for splice in &frame.spliced {
            let gone = splice.at as usize..(splice.at + splice.removed) as usize;
            prop_assert!(!self.pinned[gone.clone()].contains(&true), "pins stay");
            self.ids
                .splice(gone.clone(), splice.inserted.iter().copied());
            let free = std::iter::repeat_n(false, splice.inserted.len());
            self.pinned.splice(gone, free);
            prop_assert!(
                self.ids.len() <= limit,
                "the limit holds after every change"
            );
        }
        for fill in &frame.filled {
            prop_assert!(!self.pinned[fill.position as usize], "pins stay");
            self.ids[fill.position as usize] = fill.id;
        }
        prop_assert_eq!(frame.masks_left as usize, self.masks());
        Ok(())
    }

    fn given(&self) -> Vec<u32> {
        let tokens = self.ids.iter().zip(&self.pinned);
        tokens
            .filter(|(_, pinned)| **pinned)
            .map(|(&id, _)| id)
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_structure_ends_and_its_frames_add_up(canvas in canvas(), options in options(), seed in any::<u32>()) {
        // The driver itself stops a run that exceeds its bound.
        let (frames, after) = run(driver(canvas.clone(), &options), &mut Toy { seed });
        let limit = (canvas.len() + canvas.room()) as usize;
        let mut replay = Replay::of(&canvas);
        let given = replay.given();
        for (index, frame) in frames.iter().enumerate() {
            replay.apply(frame, limit)?;
            prop_assert_eq!(frame.finished, index + 1 == frames.len());
        }
        prop_assert_eq!(&replay.ids, after.ids(), "frames tell the whole story");
        prop_assert_eq!(replay.given(), given, "pins keep their order and their value");
        let still_pinned: Vec<bool> = (0..after.len()).map(|p| after.is_pinned(p)).collect();
        prop_assert_eq!(replay.pinned, still_pinned);
        prop_assert_eq!(after.masks(), 0);
        prop_assert_eq!(&after.ids()[..canvas.prompt_len() as usize].len(), &(canvas.prompt_len() as usize));
    }

    #[test]
    fn the_same_seed_gives_the_same_trace(canvas in canvas(), options in options(), seed in any::<u32>()) {
        let once = run(driver(canvas.clone(), &options), &mut Toy { seed });
        prop_assert_eq!(once, run(driver(canvas, &options), &mut Toy { seed }));
    }
}

#[test]
fn every_method_is_documented_and_named_once() {
    let mut names: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), METHODS.len());
    for method in METHODS {
        assert!(
            method.doc.ends_with('.') && !method.source.is_empty(),
            "{}",
            method.name
        );
        assert!(
            method
                .parameters
                .iter()
                .all(|parameter| parameter.doc.ends_with('.'))
        );
    }
}
