//! What the loop promises its callers: the end of a text, failures, refusals.

use unmask_engine::decode::{
    Block, Canvas, Commit, DecodeOptions, Driver, Exit, Forward, Pieces, Plan, Proposal, Row,
    Segment, Select, SelectPolicy, Verdict, Vocabulary,
};
use unmask_engine::{Error, ErrorCode, Record, Result};

use crate::toy::{MASK, PAD, SIZE, STOP, Toy, commits, driver, run, vocabulary};

/// Proposes what a script says for each position: a token and how sure it is.
struct Script(Vec<(u32, f32)>);

impl Forward for Script {
    async fn forward(
        &mut self,
        _canvas: &Canvas,
        plan: &Plan,
        _proposal: &Proposal,
    ) -> Result<Vec<Record>> {
        let record = |&position: &u32| {
            let (token, confidence) = self.0[position as usize];
            Record {
                top1: token,
                top2: 0,
                samp: token,
                l1: confidence.ln(),
                l2: f32::NEG_INFINITY,
                lse: 0.0,
                ent: 0.0,
                l_cur: f32::NEG_INFINITY,
                l_eos: f32::NEG_INFINITY,
                l_samp: confidence.ln(),
            }
        };
        Ok(plan.records.iter().map(record).collect())
    }
}

fn masks(count: u32) -> Canvas {
    Canvas::new(&[], &[Segment::Masked(count)], MASK)
}

fn threshold(threshold: f32) -> DecodeOptions {
    DecodeOptions {
        select: SelectPolicy::Threshold { threshold },
        ..DecodeOptions::default()
    }
}

#[test]
fn a_scripted_run_frame_by_frame() {
    let options = DecodeOptions {
        block: Some(2),
        ..threshold(0.9)
    };
    let mut script = Script(vec![(1, 0.95), (3, 0.5), (4, 0.5), (6, 0.5)]);
    let (frames, canvas) = run(driver(masks(4), options), &mut script);
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
fn a_run_stops_in_mid_block_at_a_stop_token_and_pads_what_follows() {
    // Position 4 is committed before the end is known; it is no part of the text.
    let mut script = Script(vec![
        (1, 0.95),
        (STOP, 0.95),
        (3, 0.1),
        (3, 0.1),
        (3, 0.95),
        (3, 0.1),
    ]);
    let (frames, canvas) = run(driver(masks(6), threshold(0.9)), &mut script);
    assert_eq!(frames.len(), 1);
    assert_eq!(commits(&frames), [[(0, 1), (1, STOP), (4, 3)]]);
    let filled: Vec<u32> = frames[0].filled.iter().map(|fill| fill.position).collect();
    assert_eq!(filled, [2, 3, 4, 5]);
    assert_eq!(canvas.ids(), [1, STOP, PAD, PAD, PAD, PAD]);
}

#[test]
fn a_stop_token_in_front_of_pinned_text_does_not_end_the_run() {
    let segments = [
        Segment::Masked(2),
        Segment::Pinned(vec![4]),
        Segment::Masked(2),
    ];
    let canvas = Canvas::new(&[], &segments, MASK);
    let mut script = Script(vec![
        (STOP, 0.95),
        (1, 0.5),
        (0, 0.0),
        (STOP, 0.5),
        (1, 0.1),
    ]);
    let (frames, canvas) = run(driver(canvas, threshold(0.9)), &mut script);
    assert_eq!(frames.len(), 3);
    assert_eq!(canvas.ids(), [STOP, 1, 4, STOP, PAD]);
}

/// Ends the text at position 0, whatever follows.
struct AtOnce;

impl Exit for AtOnce {
    fn test(&mut self, _rows: &[Row], _canvas: &Canvas) -> Verdict {
        Verdict::EndAt(0)
    }
}

#[test]
fn padding_goes_around_pins_and_is_written_once() {
    let segments = [
        Segment::Masked(2),
        Segment::Pinned(vec![4]),
        Segment::Masked(2),
    ];
    let canvas = Canvas::new(&[], &segments, MASK);
    let mut pieces = Pieces::new(&threshold(0.9), &canvas, &vocabulary());
    pieces.exit = Box::new(AtOnce);
    let driver = Driver::with_pieces(canvas, vocabulary(), Proposal::default(), pieces).unwrap();
    let mut script = Script(vec![(1, 0.95), (1, 0.1), (0, 0.0), (PAD, 0.95), (1, 0.1)]);
    let (frames, canvas) = run(driver, &mut script);
    assert_eq!(canvas.ids(), [1, PAD, 4, PAD, PAD]);
    let filled: Vec<u32> = frames[0].filled.iter().map(|fill| fill.position).collect();
    assert_eq!(
        filled,
        [1, 4],
        "neither the pin nor what was padding already"
    );
    assert_eq!(
        canvas.history(3).map(|history| history.confidence),
        Some(0.95)
    );
}

#[test]
fn without_padding_the_stop_token_is_repeated() {
    for pad_id in [None, Some(MASK)] {
        let vocabulary = Vocabulary {
            pad_id,
            ..vocabulary()
        };
        let driver = Driver::new(masks(3), vocabulary, threshold(0.9)).unwrap();
        let (_, canvas) = run(driver, &mut Script(vec![(STOP, 0.95), (1, 0.1), (1, 0.1)]));
        assert_eq!(canvas.ids(), [STOP; 3]);
    }
}

#[test]
fn a_full_canvas_needs_no_forward() {
    let canvas = Canvas::new(&[1], &[Segment::Pinned(vec![2])], MASK);
    let (frames, _) = run(
        driver(canvas, DecodeOptions::default()),
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
    ) -> Result<Vec<Record>> {
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
        select: SelectPolicy::Even { steps: Some(7) },
        ..DecodeOptions::default()
    };
    let (expected, _) = run(driver(masks(20), even), &mut toy.clone());
    let (mut driver, mut flaky) = (driver(masks(20), even), Flaky(toy, 0));
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
    fn select(&mut self, _candidates: &[Row], _block: &Block, _canvas: &Canvas) -> Vec<Commit> {
        Vec::new()
    }
}

#[test]
#[should_panic(expected = "a select piece commits nothing")]
fn a_stalled_loop_stops_loudly() {
    let canvas = masks(2);
    let mut pieces = Pieces::new(&DecodeOptions::default(), &canvas, &vocabulary());
    pieces.select = Box::new(Nothing);
    let driver = Driver::with_pieces(canvas, vocabulary(), Proposal::default(), pieces).unwrap();
    run(driver, &mut Toy { seed: 1 });
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    let code = |canvas, vocabulary, options| {
        let refused = Driver::new(canvas, vocabulary, options).err();
        refused.map(|error| error.code)
    };
    let options = DecodeOptions::default();
    let foreign = Canvas::new(&[SIZE], &[Segment::Masked(1)], MASK);
    assert_eq!(
        code(foreign, vocabulary(), options),
        Some(ErrorCode::BadInput)
    );
    let no_block = DecodeOptions {
        block: Some(0),
        ..options
    };
    assert_eq!(
        code(masks(1), vocabulary(), no_block),
        Some(ErrorCode::BadInput)
    );
    let stops_at_masks = Vocabulary {
        stop_ids: vec![MASK],
        ..vocabulary()
    };
    assert_eq!(
        code(masks(1), stops_at_masks, options),
        Some(ErrorCode::UnsupportedModel)
    );
    let outside = Vocabulary {
        pad_id: Some(SIZE),
        ..vocabulary()
    };
    assert_eq!(
        code(masks(1), outside, options),
        Some(ErrorCode::UnsupportedModel)
    );
    assert_eq!(code(masks(1), vocabulary(), options), None);
}
