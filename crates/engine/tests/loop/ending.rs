//! How a text ends: where the run stops and what becomes of the rest.

use unmask_engine::decode::{
    Canvas, Driver, Exit, Pieces, Proposal, Segment, Step, Verdict, Vocabulary,
};

use crate::script::{Script, masks, threshold};
use crate::toy::{MASK, PAD, STOP, commits, driver, run, vocabulary};

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
    let (frames, canvas) = run(driver(masks(6), &threshold(0.9)), &mut script);
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
    let (frames, canvas) = run(driver(canvas, &threshold(0.9)), &mut script);
    assert_eq!(frames.len(), 3);
    assert_eq!(canvas.ids(), [STOP, 1, 4, STOP, PAD]);
}

/// Ends the text at position 0, whatever follows.
struct AtOnce;

impl Exit for AtOnce {
    fn test(&mut self, _step: &Step, _canvas: &Canvas) -> Verdict {
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
    let mut pieces = Pieces::new(&threshold(0.9), &canvas, &vocabulary()).unwrap();
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
        let driver = Driver::new(masks(3), vocabulary, &threshold(0.9)).unwrap();
        let (_, canvas) = run(driver, &mut Script(vec![(STOP, 0.95), (1, 0.1), (1, 0.1)]));
        assert_eq!(canvas.ids(), [STOP; 3]);
    }
}
