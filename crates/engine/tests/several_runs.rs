//! Several runs of one request, on real checkpoints: which are made, what they cost, and whose
//! answer is kept.

use std::path::PathBuf;

use pollster::block_on;
use unmask_engine::session::{
    DeviceChoice, DtypeChoice, Generation, GenerationResult, LoadOptions, LoadedModel, StepFrame,
    load,
};
use unmask_engine::weights::Directory;
use unmask_engine::{CanvasSegment, Choice, ErrorCode, GenerateRequest, VoteRequest};

fn open(folder: &str) -> LoadedModel {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder);
    let options = LoadOptions {
        device: DeviceChoice::Cpu,
        dtype: DtypeChoice::F32,
        ..LoadOptions::default()
    };
    block_on(load(Directory::new(folder), &options, &mut |_| ())).expect("loads on the CPU")
}

fn tiny() -> LoadedModel {
    open("models/tiny")
}

/// A checkpoint of random weights.
fn golden(name: &str) -> LoadedModel {
    open(&format!("tests/golden/{name}"))
}

fn story(length: u32) -> GenerateRequest {
    GenerateRequest {
        prompt: Some("Once upon a time".to_owned()),
        length: Some(length),
        ..GenerateRequest::default()
    }
}

fn voting(blocks: &[u32], seeds: Option<u32>) -> Option<VoteRequest> {
    Some(VoteRequest {
        blocks: blocks.to_vec(),
        seeds,
    })
}

fn finish(
    model: &mut LoadedModel,
    request: &GenerateRequest,
) -> (Vec<StepFrame>, GenerationResult, Generation) {
    let mut generation = model.generate(request).expect("begins");
    let mut frames = Vec::new();
    while let Some(frame) = block_on(generation.next(model)).expect("steps") {
        frames.push(frame);
    }
    let result = generation.result(model);
    (frames, result, generation)
}

/// The result of one plain run, and its rows.
fn plain(model: &mut LoadedModel, request: &GenerateRequest) -> (GenerationResult, u64) {
    let mut run = model.start(request).expect("starts");
    while block_on(run.next(model)).expect("steps").is_some() {}
    (run.result(model), run.rows())
}

#[test]
fn a_plain_request_is_one_run() {
    let mut model = tiny();
    let (expected, rows) = plain(&mut model, &story(12));
    let (frames, result, generation) = finish(&mut model, &story(12));
    let seconds = result.seconds;
    assert_eq!(
        result,
        GenerationResult {
            seconds,
            ..expected
        }
    );
    assert_eq!(frames.len(), result.forwards as usize);
    assert!(frames.iter().all(|frame| frame.path.is_none()));
    assert!(result.paths.is_empty());
    assert_eq!(generation.rows(), rows);
}

#[test]
fn a_vote_is_the_sum_of_its_runs() {
    let mut model = tiny();
    let blocks = [4, 8, 16];
    let request = GenerateRequest {
        vote: voting(&blocks, Some(2)),
        temperature: 1.0,
        seed: 3,
        ..story(16)
    };
    let (frames, result, generation) = finish(&mut model, &request);
    let taken = result.paths.len();
    assert!((2..=6).contains(&taken), "{:?}", result.paths);
    let (mut forwards, mut rows) = (0, 0);
    for (number, path) in result.paths.iter().enumerate() {
        let (block, seed) = (blocks[number % 3], 3 + number as u64 / 3);
        assert_eq!((path.path.block, path.path.seed), (Some(block), seed));
        let alone = GenerateRequest {
            vote: None,
            block: Some(block),
            seed,
            ..request.clone()
        };
        let (run, run_rows) = plain(&mut model, &alone);
        assert_eq!((&path.text, path.forwards), (&run.text, run.forwards));
        let answer = path.text.trim();
        let same = result.paths.iter();
        let same = same.filter(|path| path.text.trim() == answer).count();
        assert_eq!(path.votes, Some(same as u32));
        assert_eq!(path.score, None);
        let of_path = frames.iter();
        let of_path = of_path.filter(|frame| frame.path == Some(number as u32));
        assert_eq!(of_path.count(), path.forwards as usize);
        if path.kept {
            assert_eq!((&result.ids, &result.text), (&run.ids, &run.text));
            assert_eq!(result.committed, run.committed);
        }
        forwards += run.forwards;
        rows += run_rows;
    }
    assert_eq!(result.paths.iter().filter(|path| path.kept).count(), 1);
    assert_eq!((result.forwards, generation.rows()), (forwards, rows));
    let told: Vec<u32> = frames.iter().map(|frame| frame.forwards).collect();
    assert_eq!(told, (1..=forwards).collect::<Vec<u32>>(), "of all paths");
}

#[test]
fn a_vote_ends_early_where_paths_agree() {
    // On a canvas of one position every block length says the same.
    let mut model = tiny();
    let request = GenerateRequest {
        vote: voting(&[1, 2, 4, 8, 16], None),
        ..story(1)
    };
    let (_, result, _) = finish(&mut model, &request);
    let is_empty = result.text.trim().is_empty();
    assert!(!is_empty, "an empty answer would not vote");
    assert_eq!(result.paths.len(), 3, "of five: {:?}", result.paths);
    assert_eq!(result.paths[0].votes, Some(3));
    assert!(result.paths[0].kept, "the smallest block");
}

#[test]
fn the_best_is_the_likeliest_a_token() {
    let mut model = tiny();
    let request = GenerateRequest {
        best_of: Some(4),
        temperature: 1.0,
        ..story(8)
    };
    let (frames, result, _) = finish(&mut model, &request);
    assert_eq!(result.paths.len(), 4);
    let value = |path: &unmask_engine::session::PathResult| {
        let score = path.score.expect("no answer is empty");
        assert_eq!(score.samples, 12);
        score.per_token
    };
    let best = result.paths.iter().map(value).fold(f64::MIN, f64::max);
    for path in &result.paths {
        assert_eq!(path.kept, value(path) >= best, "{:?}", result.paths);
        assert_eq!(path.votes, None);
        if path.kept {
            assert_eq!(path.text, result.text);
        }
    }
    let sum: u32 = result.paths.iter().map(|path| path.forwards).sum();
    assert_eq!((sum, frames.len()), (result.forwards, sum as usize));
    let unchanged = frames.iter().filter(|frame| frame.committed.is_empty());
    assert!(unchanged.count() >= 4 * 12, "scores are forwards too");
    assert!(frames.iter().all(|frame| frame.path.is_some()));
    let (_, again, _) = finish(&mut model, &request);
    assert_eq!(again.paths, result.paths, "seeds repeat it");
}

#[test]
fn a_causal_models_answers_are_scored_exactly() {
    let mut model = golden("causal");
    let request = GenerateRequest {
        prompt: None,
        canvas: Some(vec![CanvasSegment::Mask(6)]),
        best_of: Some(3),
        temperature: 2.0,
        ..GenerateRequest::default()
    };
    let error = model.generate(&request).err().expect("nothing is before");
    assert!(error.message.contains("needs a prompt"), "{error}");
    let request = GenerateRequest {
        prompt: Some(model.text().decode(&[40, 41, 42])),
        ..request
    };
    let (frames, result, _) = finish(&mut model, &request);
    let scored = result.paths.iter().filter_map(|path| path.score);
    let scored: Vec<_> = scored
        .map(|score| (score.samples, score.standard_error))
        .collect();
    assert!(!scored.is_empty(), "{:?}", result.paths);
    assert!(scored.iter().all(|score| *score == (1, Some(0.0))));
    assert_eq!(frames.len(), result.forwards as usize);
}

#[test]
fn stopping_early_keeps_what_has_ended() {
    let mut model = tiny();
    let request = GenerateRequest {
        vote: voting(&[2, 4, 8], None),
        ..story(8)
    };
    let mut generation = model.generate(&request).expect("begins");
    block_on(generation.next(&mut model)).expect("steps");
    let half = generation.result(&model);
    assert!(half.paths.is_empty() && half.forwards == 1, "{half:?}");
    assert!(half.ids.contains(&model.info().mask_id), "still open");
    while block_on(generation.next(&mut model))
        .expect("steps")
        .unwrap()
        .path
        != Some(1)
    {}
    let cut = generation.result(&model);
    assert_eq!(cut.paths.len(), 1);
    assert!(cut.paths[0].kept && cut.text == cut.paths[0].text);
    assert!(!cut.ids.contains(&model.info().mask_id));
}

#[test]
fn impossible_ensembles_are_refused_and_the_model_stays_usable() {
    let mut model = tiny();
    let vote = |blocks: &[u32]| GenerateRequest {
        vote: voting(blocks, None),
        ..story(8)
    };
    let equal = GenerateRequest {
        best_of: Some(3),
        ..story(8)
    };
    for request in [vote(&[4, 0, 8]), vote(&[4, 8]), equal] {
        let error = model.generate(&request).err().expect("is refused");
        assert_eq!(error.code, ErrorCode::BadInput, "{error}");
    }
    // A single run is not several.
    let error = model.start(&vote(&[4, 8, 16])).err().expect("is refused");
    assert!(error.message.contains("several runs"), "{error}");
    // Chance in the order is chance too.
    let random = GenerateRequest {
        select: Some(Choice::new("random")),
        best_of: Some(2),
        ..story(2)
    };
    assert_eq!(finish(&mut model, &random).1.paths.len(), 2);
}

#[test]
fn models_with_a_grid_vote_over_seeds() {
    for (name, words) in [
        ("causal", "one token after the other"),
        ("blocks", "blocks of"),
    ] {
        let mut model = golden(name);
        let request = |blocks: &[u32], seeds| GenerateRequest {
            canvas: Some(vec![CanvasSegment::Mask(4)]),
            temperature: 3.0,
            vote: voting(blocks, seeds),
            ..GenerateRequest::default()
        };
        let error = model.generate(&request(&[4, 8, 16], None)).err();
        let error = error.expect("is refused").message;
        assert!(error.contains(words), "{name}: {error}");
        let (_, result, _) = finish(&mut model, &request(&[], Some(3)));
        assert!((2..=3).contains(&result.paths.len()), "{name}");
        assert!(result.paths.iter().all(|path| path.path.block.is_none()));
    }
}
