//! Revision and early exits do what their published rules do, forward by forward.

use proptest::prelude::*;
use unmask_engine::decode::method::Choice;
use unmask_engine::decode::{
    Canvas, Commit, DecodeOptions, Driver, Forward, Frame, Pieces, Plan, Proposal, Readout, Row,
    Segment, Select, Step,
};
use unmask_engine::{Record, Result};

use crate::reference::Settings;
use crate::revision_reference as slow;
use crate::script::{masks, threshold};
use crate::toy::{MASK, SIZE, STOP, Toy, driver, run, vocabulary};

#[derive(Clone, Debug)]
struct Case {
    toy: Toy,
    prompt: Vec<u32>,
    /// Behind the prompt: MASK is open, the rest is pinned.
    template: Vec<u32>,
    blocks: usize,
    settings: Settings,
}

impl Case {
    fn options(&self, select: Choice, revise: Choice) -> DecodeOptions {
        DecodeOptions {
            block: Some(self.settings.block as u32),
            select,
            revise,
            exit: Choice::new("full"),
            proposal: Proposal {
                temperature: self.settings.temperature,
                seed: self.settings.seed,
                ..Proposal::default()
            },
            ..DecodeOptions::default()
        }
    }

    fn given(&self) -> Vec<u32> {
        [self.prompt.as_slice(), &self.template].concat()
    }

    fn canvas(&self) -> Canvas {
        Canvas::new(
            &self.prompt,
            &[Segment::Pinned(self.template.clone())],
            MASK,
        )
    }

    /// The sequence after every forward.
    fn run(&self, driver: Driver) -> slow::Sequences {
        let (frames, canvas) = run(driver, &mut self.toy.clone());
        let sequences = replayed(self.given(), &frames);
        if let Some(last) = sequences.last() {
            assert_eq!(last, canvas.ids());
        }
        sequences
    }

    fn decode(&self, select: Choice, revise: Choice) -> slow::Sequences {
        self.run(driver(self.canvas(), &self.options(select, revise)))
    }

    fn decode_whole(&self, exit: Choice) -> slow::Sequences {
        let options = DecodeOptions {
            block: None,
            exit,
            ..self.options(Choice::new("even"), Choice::new("none"))
        };
        self.run(driver(self.canvas(), &options))
    }
}

fn replayed(mut ids: Vec<u32>, frames: &[Frame]) -> slow::Sequences {
    let replay = |frame: &Frame| {
        for edit in frame.committed.iter().chain(&frame.revised) {
            ids[edit.position as usize] = edit.id;
        }
        ids.clone()
    };
    frames.iter().map(replay).collect()
}

fn token() -> impl Strategy<Value = u32> {
    (0..SIZE).prop_filter("MASK is no given token", |&id| id != MASK)
}

prop_compose! {
    fn case()(blocks in 1..4usize, block in 1..13usize)(
        toy in any::<u32>().prop_map(|seed| Toy { seed }),
        prompt in prop::collection::vec(token(), 0..6),
        template in prop::collection::vec(prop_oneof![6 => Just(MASK), 1 => token()], blocks * block),
        temperature in prop_oneof![Just(0.0f32), Just(0.7)],
        seed in any::<u64>(),
        (blocks, block) in Just((blocks, block)),
    ) -> Case {
        let settings = Settings { prompt_len: prompt.len(), block, temperature, seed };
        Case { toy, prompt, template, blocks, settings }
    }
}

/// WINO's draft: everything surer than a threshold, a part of the masks at most.
struct Draft(f32);

impl Select for Draft {
    fn select(&mut self, candidates: &[Row], _step: &Step) -> Vec<Commit> {
        let mut commits: Vec<Commit> = candidates.iter().map(Row::commit).collect();
        commits.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let cap = (commits.len() * 7 / 10).clamp(5, 20);
        let sure = commits.iter().filter(|c| c.confidence > self.0).count();
        commits.truncate(sure.clamp(1, cap));
        commits.sort_by_key(|commit| commit.position);
        commits
    }
}

fn at(threshold: f32) -> Choice {
    Choice::new("threshold").with("threshold", threshold)
}

const SHAPES: &[&str] = &["cosine", "linear", "exp", "constant"];
const TRIGGERS: &[&str] = &["low_prob", "t2t_remask", "logit_diff"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn wino(case in case(), draft in 0.0..0.9f32, doubt in 0.1..1.0f32) {
        let expected = slow::wino(&case.toy, &case.given(), (draft, doubt), &case.settings);
        let revise = Choice::new("wino").with("threshold", doubt);
        let options = case.options(Choice::new("even"), revise);
        let mut pieces = Pieces::new(&options, &case.canvas(), &vocabulary()).unwrap();
        pieces.select = Box::new(Draft(draft));
        let driver = Driver::with_pieces(case.canvas(), vocabulary(), options.proposal, pieces).unwrap();
        prop_assert_eq!(case.run(driver), expected);
    }

    #[test]
    fn saber(case in case(), floor in 1..5u32) {
        let expected = slow::saber(&case.toy, &case.given(), floor as usize, &case.settings);
        let [select, revise] = [Choice::new("saber").with("floor", floor), Choice::new("saber").with("floor", floor)];
        prop_assert_eq!(case.decode(select, revise), expected);
    }

    #[test]
    fn p2_and_rcr(case in case(), block_steps in 1..15usize) {
        let steps = block_steps * case.blocks;
        let expected = slow::p2(&case.toy, &case.given(), steps, &case.settings);
        let paced = |name| Choice::new(name).with("steps", steps as u32);
        prop_assert_eq!(case.decode(paced("p2"), paced("p2")), expected);
        let expected = slow::rcr(&case.toy, &case.given(), steps, &case.settings);
        let rcr = paced("running_confidence");
        prop_assert_eq!(case.decode(rcr.clone(), rcr), expected);
    }

    #[test]
    fn edit(case in case(), draft in 0.0..=1.0f32, sure in 0.0..0.9f32, passes in 0..17u32) {
        let thresholds = (draft, sure);
        let expected = slow::edit(&case.toy, &case.given(), thresholds, passes as usize, &case.settings);
        let revise = Choice::new("edit").with("threshold", sure).with("passes", passes);
        prop_assert_eq!(case.decode(at(draft), revise), expected);
    }

    #[test]
    fn token_to_mask(
        case in case(), draft in 0.0..=1.0f32, trigger in prop::sample::select(TRIGGERS),
        suspicious in 0.0..1.0f32, times in 1..6u32,
    ) {
        let rule = (trigger, suspicious);
        let expected = slow::token_to_mask(&case.toy, &case.given(), draft, rule, times as usize, &case.settings);
        let revise = Choice::new("token_to_mask")
            .with_word("trigger", trigger)
            .with("threshold", suspicious)
            .with("per_position", times);
        prop_assert_eq!(case.decode(at(draft), revise), expected);
    }

    #[test]
    fn sched(case in case(), shape in prop::sample::select(SHAPES), scale in prop::sample::select(&[0.25f32, 0.5, 1.0]), patience in 0..3u32) {
        let expected = slow::sched(&case.toy, &case.given(), shape, scale, patience as usize, &case.settings);
        let exit = Choice::new("sched")
            .with_word("shape", shape)
            .with("high", 7.5 * scale)
            .with("low", 2.5 * scale)
            .with("patience", patience);
        prop_assert_eq!(case.decode_whole(exit), expected);
    }

    #[test]
    fn prophet(case in case(), window in 1..8u32, scale in prop::sample::select(&[0.25f32, 0.5, 1.0])) {
        let expected = slow::prophet(&case.toy, &case.given(), window as usize, scale, &case.settings);
        let exit = Choice::new("prophet")
            .with("start", 0)
            .with("window", window)
            .with("early", 7.5 * scale)
            .with("middle", 5.0 * scale)
            .with("late", 2.5 * scale);
        prop_assert_eq!(case.decode_whole(exit), expected);
    }
}

/// Always surer of another token than the one that is there.
struct Contrary;

impl Forward for Contrary {
    async fn forward(&mut self, canvas: &Canvas, plan: &Plan, _: &Proposal) -> Result<Readout> {
        let record = |&position: &u32| {
            let token = if canvas.id(position) == 3 { 4 } else { 3 };
            Record {
                top1: token,
                top2: 0,
                samp: token,
                l1: -0.1,
                l2: -9.0,
                lse: 0.0,
                ent: 0.1,
                l_cur: -9.0,
                l_eos: -9.0,
                l_samp: -0.1,
            }
        };
        Ok(Readout {
            records: plan.records.iter().map(record).collect(),
            ..Readout::default()
        })
    }
}

#[test]
fn editing_without_a_fixed_point_ends_with_its_sixteen_passes() {
    let options = DecodeOptions {
        revise: Choice::new("edit"),
        ..threshold(0.5)
    };
    let canvas = Canvas::new(&[1, 3], &[Segment::Masked(4)], MASK);
    let (frames, canvas) = run(driver(canvas, &options), &mut Contrary);
    assert_eq!(frames.len(), 1 + 16);
    assert_eq!(
        canvas.ids(),
        [1, 3, 3, 3, 3, 3],
        "written, then changed 16 times"
    );
    assert!(frames[1..].iter().all(|frame| frame.revised.len() == 4));
}

#[test]
fn suspicion_without_an_end_stops_at_each_positions_limit() {
    let options = DecodeOptions {
        revise: Choice::new("token_to_mask").with("share", 1.0),
        ..threshold(0.5)
    };
    let (frames, _) = run(driver(masks(4), &options), &mut Contrary);
    let opened: usize = frames.iter().map(|frame| frame.revised.len()).sum();
    assert_eq!(opened, 4 * 5);
    assert_eq!(frames.len(), 1 + 5 * 2 + 1, "the last pass finds nothing");
}

/// Writes a stop token first and takes it back when it reads the full block.
struct SecondThoughts;

impl Forward for SecondThoughts {
    async fn forward(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
    ) -> Result<Readout> {
        let mut readout = Contrary.forward(canvas, plan, proposal).await?;
        for (record, &position) in readout.records.iter_mut().zip(&plan.records) {
            let token = match (position, canvas.masks()) {
                (0, 4) => STOP,
                _ => 3,
            };
            (record.top1, record.samp) = (token, token);
        }
        Ok(readout)
    }
}

#[test]
fn a_text_ends_only_when_its_block_is_read_to_the_end() {
    let options = DecodeOptions {
        block: Some(2),
        revise: Choice::new("edit"),
        exit: Choice::new("eos").with_word("rule", "block"),
        ..threshold(0.5)
    };
    let (frames, canvas) = run(driver(masks(4), &options), &mut SecondThoughts);
    assert_eq!(canvas.ids(), [3; 4], "the stop token was no end");
    assert_eq!(
        frames.iter().map(|frame| frame.block).collect::<Vec<_>>(),
        [0, 0, 0, 1, 1]
    );
    assert!(frames.iter().all(|frame| frame.filled.is_empty()));
}

#[test]
fn what_is_opened_and_filled_in_one_step_is_told_once() {
    let options = DecodeOptions {
        select: Choice::new("even"),
        revise: Choice::new("token_to_mask"),
        exit: Choice::new("sched")
            .with_word("shape", "constant")
            .with("high", 0),
        ..DecodeOptions::default()
    };
    let (frames, canvas) = run(driver(masks(4), &options), &mut Contrary);
    let last = replayed(vec![MASK; 4], &frames).pop().unwrap();
    assert_eq!(last, canvas.ids());
    let overwritten = |frame: &Frame| frame.revised.iter().any(|edit| edit.id != MASK);
    assert!(frames.iter().any(overwritten));
}

/// Revisions and forwards of forty toys on a canvas that is one block of 24.
fn effect(select: &str, revise: &str, exit: &str) -> (usize, u32) {
    let choice = |text: &str| text.parse::<Choice>().unwrap();
    let options = DecodeOptions {
        select: choice(select),
        revise: choice(revise),
        exit: choice(exit),
        ..DecodeOptions::default()
    };
    let runs = (0..40).map(|seed| run(driver(masks(24), &options), &mut Toy { seed }).0);
    let frames: Vec<Frame> = runs.flatten().collect();
    let revised = frames.iter().map(|frame| frame.revised.len()).sum();
    (revised, frames.len() as u32)
}

#[test]
fn the_cases_do_contain_revisions_and_early_ends() {
    // The agreement above only shows something where the rules bite.
    for (select, revise) in [
        ("threshold:threshold=0.5", "wino"),
        ("saber", "saber"),
        ("even", "remdm:eta=0.2"),
        ("p2", "p2"),
        ("running_confidence", "running_confidence"),
        ("threshold:threshold=0.5", "edit"),
        ("threshold:threshold=0.5", "token_to_mask"),
        (
            "threshold:threshold=0.5",
            "token_to_mask:trigger=t2t_remask",
        ),
        (
            "threshold:threshold=0.5",
            "token_to_mask:trigger=logit_diff",
        ),
    ] {
        let (revised, _) = effect(select, revise, "full");
        assert!(revised > 20, "{revise} revised {revised} positions");
    }
    let (_, all) = effect("even", "none", "full");
    for exit in [
        "sched:high=2,low=1",
        "prophet:early=2,middle=2,late=1",
        "eos",
    ] {
        let (_, forwards) = effect("even", "none", exit);
        assert!(forwards < all, "{exit}: {forwards} of {all} forwards");
    }
}
