//! What the loop promises its callers: frames, failures, refusals.

use unmask_engine::decode::{
    Canvas, Commit, DecodeOptions, Driver, Forward, Pieces, Plan, Proposal, Readout, Row, Segment,
    Select, Step, Vocabulary, method::Choice,
};
use unmask_engine::{Error, ErrorCode, Result};

use crate::script::{Script, masks, threshold};
use crate::toy::{MASK, SIZE, Toy, commits, driver, run, vocabulary};

#[test]
fn a_scripted_run_frame_by_frame() {
    let options = DecodeOptions {
        block: Some(2),
        ..threshold(0.9)
    };
    let mut script = Script(vec![(1, 0.95), (3, 0.5), (4, 0.5), (6, 0.5)]);
    let (frames, canvas) = run(driver(masks(4), &options), &mut script);
    let expected = [
        vec![(0, 1)],
        vec![(1, 3)],
        vec![(2, 4)], // of equals the lower position
        vec![(3, 6)],
    ];
    assert_eq!(commits(&frames), expected);
    assert_eq!(
        frames.iter().map(|frame| frame.block).collect::<Vec<_>>(),
        [0, 0, 1, 1]
    );
    assert_eq!(
        frames
            .iter()
            .map(|frame| frame.masks_left)
            .collect::<Vec<_>>(),
        [3, 2, 1, 0]
    );
    assert_eq!(canvas.history(2).map(|history| history.step), Some(2));
}

#[test]
fn a_full_canvas_needs_no_forward() {
    let canvas = Canvas::new(&[1], &[Segment::Pinned(vec![2])], MASK);
    let (frames, _) = run(
        driver(canvas, &DecodeOptions::default()),
        &mut Script(vec![]),
    );
    assert!(frames.is_empty());
}

/// The toy, failing at every other call.
struct Flaky(Toy, u32);

impl Forward for Flaky {
    async fn forward(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
    ) -> Result<Readout> {
        self.1 += 1;
        if self.1 % 2 == 1 {
            return Err(Error::new(ErrorCode::DeviceLost, "the GPU went away"));
        }
        self.0.forward(canvas, plan, proposal).await
    }
}

#[test]
fn a_failed_step_changes_nothing_and_can_be_repeated() {
    let toy = Toy { seed: 3 };
    let even = DecodeOptions {
        block: Some(8),
        select: Choice::new("even").with("steps", 7),
        ..DecodeOptions::default()
    };
    let (expected, _) = run(driver(masks(20), &even), &mut toy.clone());
    let (mut driver, mut flaky) = (driver(masks(20), &even), Flaky(toy, 0));
    let mut frames = Vec::new();
    loop {
        let before = driver.canvas().clone();
        match pollster::block_on(driver.step(&mut flaky)) {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => break,
            Err(error) => {
                assert_eq!(error.code, ErrorCode::DeviceLost);
                assert_eq!(&before, driver.canvas());
            }
        }
    }
    assert_eq!(frames, expected);
}

/// A piece that breaks its contract.
struct Nothing;

impl Select for Nothing {
    fn select(&mut self, _candidates: &[Row], _step: &Step) -> Vec<Commit> {
        Vec::new()
    }
}

#[test]
#[should_panic(expected = "a select piece commits nothing")]
fn a_stalled_loop_stops_loudly() {
    let canvas = masks(2);
    let mut pieces = Pieces::new(&DecodeOptions::default(), &canvas, &vocabulary()).unwrap();
    pieces.select = Box::new(Nothing);
    let driver = Driver::with_pieces(canvas, vocabulary(), Proposal::default(), pieces).unwrap();
    run(driver, &mut Toy { seed: 1 });
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    let code = |canvas, vocabulary, options: &DecodeOptions| {
        let refused = Driver::new(canvas, vocabulary, options).err();
        refused.map(|error| error.code)
    };
    let options = DecodeOptions::default();
    let foreign = Canvas::new(&[SIZE], &[Segment::Masked(1)], MASK);
    assert_eq!(
        code(foreign, vocabulary(), &options),
        Some(ErrorCode::BadInput)
    );
    let no_block = DecodeOptions {
        block: Some(0),
        ..options.clone()
    };
    assert_eq!(
        code(masks(1), vocabulary(), &no_block),
        Some(ErrorCode::BadInput)
    );
    let stops_at_masks = Vocabulary {
        stop_ids: vec![MASK],
        ..vocabulary()
    };
    assert_eq!(
        code(masks(1), stops_at_masks, &options),
        Some(ErrorCode::UnsupportedModel)
    );
    let outside = Vocabulary {
        pad_id: Some(SIZE),
        ..vocabulary()
    };
    assert_eq!(
        code(masks(1), outside, &options),
        Some(ErrorCode::UnsupportedModel)
    );
    assert_eq!(code(masks(1), vocabulary(), &options), None);
}
