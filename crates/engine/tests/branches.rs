//! Several continuations of a sequence in one forward: each is what a forward of it alone is.

mod support;

use pollster::block_on;
use unmask_engine::kernels::head_stats::{NO_TOKEN, RecordRow};
use unmask_engine::kernels::logit_stats::GATHERED;
use unmask_engine::session::{Conventions, DeviceChoice, DtypeChoice, LoadOptions, LoadedModel};
use unmask_engine::text::ChatMessage;
use unmask_engine::{
    Ask, Branch, CanvasSegment, ErrorCode, GenerateRequest, Reading, Readout, Record, Rows, random,
};

const LENGTH: u32 = 29;

/// A model of `tests/golden` on every executor that the machine has (all of them in CI).
fn models(name: &str) -> Vec<(DeviceChoice, LoadedModel)> {
    models_as(name, Conventions::default())
}

/// The same, under `conventions`.
fn models_as(name: &str, conventions: Conventions) -> Vec<(DeviceChoice, LoadedModel)> {
    let options = LoadOptions {
        dtype: DtypeChoice::F32,
        conventions,
        ..LoadOptions::default()
    };
    support::on_every_device(format!("tests/golden/{name}"), &options)
}

/// Small numbers out of a seed.
struct Dice(u64, u32);

impl Dice {
    fn below(&mut self, most: u32) -> u32 {
        self.1 += 1;
        random::bits(random::row_key(self.0, 0, 0), self.1) % most
    }

    /// Some of `among`, ascending, at least one.
    fn some(&mut self, among: std::ops::Range<u32>, most: u32) -> Vec<u32> {
        let count = 1 + self.below(most);
        let length = among.end - among.start;
        let mut some: Vec<u32> = (0..count)
            .map(|_| among.start + self.below(length))
            .collect();
        some.sort_unstable();
        some.dedup();
        some
    }
}

fn row(row: u32) -> RecordRow {
    RecordRow {
        row,
        key: random::row_key(5, 2, row),
        current: 3,
        scale: 1.0,
        noise: 0.0,
    }
}

fn read(model: &mut LoadedModel, ids: &[u32], ask: &Ask) -> Readout {
    block_on(model.read(ids, ask)).expect("reads")
}

/// `ids` as the branch has them.
fn continued(ids: &[u32], branch: &Branch) -> Vec<u32> {
    let mut ids = ids.to_vec();
    for &(position, id) in &branch.tokens {
        ids[position as usize] = id;
    }
    ids
}

#[track_caller]
fn assert_close(label: &str, found: &[Record], expected: &[Record]) {
    assert_eq!(found.len(), expected.len(), "{label}");
    for (f, e) in found.iter().zip(expected) {
        let numbers = |r: &Record| [r.l1, r.l2, r.lse, r.ent, r.l_cur, r.l_eos, r.l_samp];
        for (f, e) in numbers(f).into_iter().zip(numbers(e)) {
            assert!((f - e).abs() < 1e-4, "{label}: {f} is not {e}");
        }
    }
}

/// A sequence and branches of the positions `among`.
fn scene(
    seed: u64,
    vocabulary: u32,
    among: &std::ops::Range<u32>,
) -> (Vec<u32>, Vec<RecordRow>, Vec<Branch>) {
    let mut dice = Dice(seed, 0);
    let ids = (0..LENGTH).map(|_| dice.below(vocabulary)).collect();
    let rows = dice.some(among.clone(), 6).into_iter().map(row).collect();
    let branch = |dice: &mut Dice| Branch {
        tokens: dice
            .some(among.clone(), 4)
            .into_iter()
            .map(|position| (position, dice.below(vocabulary)))
            .collect(),
        rows: dice.some(among.clone(), 6).into_iter().map(row).collect(),
    };
    let count = 1 + dice.below(5);
    let branches = (0..count).map(|_| branch(&mut dice)).collect();
    (ids, rows, branches)
}

/// Forwards everything, so that what comes after finds the same kept.
fn fill(model: &mut LoadedModel, ids: &[u32]) {
    let all = || (0..ids.len() as u32).collect();
    let ask = Ask {
        forward: Rows::Chosen {
            rows: all(),
            sees: all(),
        },
        ..Ask::records(vec![row(0)])
    };
    read(model, ids, &ask);
}

fn check(label: &str, model: &mut LoadedModel, forward: &Rows, seed: u64) {
    let among = match forward {
        Rows::Chosen { rows, .. } => rows[0]..rows[rows.len() - 1] + 1,
        Rows::All | Rows::Changed => 0..LENGTH,
    };
    let vocabulary = model.info().vocab_size as u32;
    let (ids, rows, branches) = scene(seed, vocabulary, &among);
    let asked = |rows: &[RecordRow]| Ask {
        forward: forward.clone(),
        // Every other time by the wide head.
        gather: match seed % 2 {
            0 => Vec::new(),
            _ => vec![[NO_TOKEN; GATHERED]; rows.len()],
        },
        ..Ask::records(rows.to_vec())
    };
    let kept = matches!(forward, Rows::Chosen { .. });
    let ask = Ask {
        branches: branches.clone(),
        ..asked(&rows)
    };
    // A cache that grows forgets what was kept, so it grows before.
    read(model, &ids, &ask);
    let mut alone = |ids: &[u32], rows: &[RecordRow], before: &[u32]| {
        if kept {
            fill(model, before);
        }
        read(model, ids, &asked(rows)).records
    };
    let mut expected = alone(&ids, &rows, &ids);
    for branch in &branches {
        expected.extend(alone(&continued(&ids, branch), &branch.rows, &ids));
    }
    if kept {
        fill(model, &ids);
    }
    let found = read(model, &ids, &ask);
    assert_close(&format!("{label}, seed {seed}"), &found.records, &expected);
}

#[test]
fn a_branch_is_what_it_is_alone() {
    let window = Rows::Chosen {
        rows: (9..21).collect(),
        sees: (0..LENGTH).collect(),
    };
    for (name, forwards) in [
        ("llama", vec![Rows::All, window.clone()]),
        ("dream", vec![Rows::All, Rows::Changed]),
        ("blocks", vec![Rows::All, Rows::Changed, window.clone()]),
        ("causal", vec![Rows::All, Rows::Changed]),
        ("families/fast_dllm_v2", vec![Rows::Changed]),
        ("families/modernbert", vec![Rows::All, window]),
    ] {
        for (device, mut model) in models(name) {
            for forward in &forwards {
                for seed in 0..5 {
                    let label = format!("{name} on {device:?}, {forward:?}");
                    check(&label, &mut model, forward, seed);
                }
            }
        }
    }
}

/// A block-causal model forwards the blocks that a branch changes, and nothing twice before them.
#[test]
fn a_branch_shares_what_it_does_not_change() {
    let (_, mut model) = models("blocks").remove(0);
    let ids: Vec<u32> = (0..32).map(|i| 2 + i % 50).collect();
    let branch = |position| Branch {
        tokens: vec![(position, 7)],
        rows: vec![row(position)],
    };
    let ask = |branches| Ask {
        forward: Rows::Changed,
        branches,
        ..Ask::records(vec![row(29), row(30)])
    };
    read(&mut model, &ids, &ask(Vec::new()));
    let plain = read(&mut model, &ids, &ask(Vec::new())).forwarded;
    // The cache grows for the first branches.
    let branches = vec![branch(29), branch(30), branch(31)];
    read(&mut model, &ids, &ask(branches.clone()));
    let found = read(&mut model, &ids, &ask(branches)).forwarded;
    assert_eq!((plain, found), (8, 8 + 24), "three blocks of 8 more");
}

#[test]
fn branches_that_do_not_fit_are_refused() {
    let (_, mut model) = models("llama").remove(0);
    let ids: Vec<u32> = (2..12).collect();
    let rules = unmask_engine::LogitRules {
        repetition_penalty: 1.5,
        ..unmask_engine::LogitRules::NONE
    };
    let branch = |tokens: &[(u32, u32)]| Branch {
        tokens: tokens.to_vec(),
        rows: vec![row(3)],
    };
    let ask = |branches| Ask {
        branches,
        ..Ask::records(vec![row(2)])
    };
    let penalised = Ask {
        guidance: &rules,
        ..ask(vec![branch(&[(3, 4)])])
    };
    for (refused, complaint) in [
        (ask(vec![branch(&[(10, 4)])]), "row 10"),
        (ask(vec![branch(&[(3, 1_000_000)])]), "token 1000000"),
        (ask(vec![branch(&[])]), "no token"),
        (ask(vec![branch(&[(3, 4)]); 32]), "at most 31"),
        (penalised, "repetition penalty"),
    ] {
        let error = block_on(model.read(&ids, &refused)).expect_err("refused");
        assert_eq!(error.code, ErrorCode::BadInput, "{error}");
        assert!(error.message.contains(complaint), "{error}");
    }
    assert_eq!(
        read(&mut model, &ids, &ask(vec![branch(&[(3, 4)]); 31]))
            .records
            .len(),
        32
    );
}

/// Tokens and forwards.
fn decode(model: &mut LoadedModel, request: &GenerateRequest, select: &str) -> (Vec<u32>, u32) {
    let request = GenerateRequest {
        select: Some(select.parse().expect("a choice")),
        ..request.clone()
    };
    let mut run = model.start(&request).expect("starts");
    while block_on(run.next(model)).expect("steps").is_some() {}
    let result = run.result(model);
    (result.ids, result.forwards)
}

/// The canvas that small random models fill in blocks of 8.
fn canvas(seed: u32) -> GenerateRequest {
    let ids = (0..11).map(|i| 5 + (i * 7 + seed * 31) % 80).collect();
    GenerateRequest {
        canvas: Some(vec![CanvasSegment::Ids(ids), CanvasSegment::Mask(17)]),
        block: Some(8),
        ..GenerateRequest::default()
    }
}

const PAIRS: [(&str, &str); 3] = [
    ("even", "freedave"),
    ("threshold:threshold=0.3", "freedave:drafts=5,threshold=0.3"),
    ("threshold:threshold=0.9", "freedave:threshold=0.9"),
];

#[test]
fn freedave_writes_the_text_of_its_reference_on_every_executor() {
    for name in [
        "llama",
        "dream",
        "blocks",
        "causal",
        "families/fast_dllm_v2",
    ] {
        for (device, mut model) in models(name) {
            let (mut forwards, mut fewer) = (0, 0);
            for seed in 0..2 {
                for (reference, select) in PAIRS {
                    let label = format!("{name} on {device:?}, seed {seed}, {select}");
                    let (expected, steps) = decode(&mut model, &canvas(seed), reference);
                    let (found, count) = decode(&mut model, &canvas(seed), select);
                    assert_eq!(found, expected, "{label}");
                    assert!(count <= steps, "{label}");
                    (forwards, fewer) = (forwards + steps, fewer + count);
                }
            }
            // A causal model has blocks of one position, where there is nothing to draft.
            assert!(fewer < forwards || name == "causal", "{name} on {device:?}");
        }
    }
}

#[test]
fn the_embedded_block_model_answers_the_same_in_fewer_forwards() {
    let options = LoadOptions {
        device: DeviceChoice::Cpu,
        // Rounded activations would make a difference of the last bit a large one now and then.
        dtype: DtypeChoice::F32,
        ..LoadOptions::default()
    };
    let mut model = support::try_open("models/tiny-block", &options).expect("loads");
    for (reference, select) in PAIRS {
        let (mut forwards, mut fewer) = (0, 0);
        for prompt in [
            "Sort 41, 7, 93, 20, 65.",
            "Write as JSON: Kalo is 31 years old and likes honey.",
            "Tell me a story about Mia and a lost kite.",
        ] {
            let request = GenerateRequest {
                chat: Some(vec![ChatMessage::user(prompt)]),
                length: Some(40),
                ..GenerateRequest::default()
            };
            let (expected, steps) = decode(&mut model, &request, reference);
            let (found, count) = decode(&mut model, &request, select);
            assert_eq!(found, expected, "{prompt}, {select}");
            assert!(count <= steps, "{prompt}, {select}");
            (forwards, fewer) = (forwards + steps, fewer + count);
        }
        // A low threshold fills a block of this model at one go; there is nothing to draft.
        let drafts = reference != "threshold:threshold=0.3";
        assert!(
            fewer < forwards || !drafts,
            "{select}: {fewer} of {forwards}"
        );
    }
}

/// What the model in blocks of one writes: token by token, the blocks before as the model has them.
fn one_by_one(model: &mut LoadedModel, prompt: &[u32], length: u32, grid: u32) -> Vec<u32> {
    let mask = model.info().mask_id;
    let shifted = model.info().shift;
    let mut ids = prompt.to_vec();
    for _ in 0..length {
        let position = ids.len() as u32;
        ids.push(mask);
        let ask = Ask {
            reading: Reading::CausalFrom(position / grid * grid),
            ..Ask::records(vec![row(position - u32::from(shifted))])
        };
        let record = read(model, &ids, &ask).records[0];
        ids[position as usize] = record.top1;
    }
    ids.split_off(prompt.len())
}

#[test]
fn s2d2_writes_what_the_model_in_blocks_of_one_writes() {
    for (name, grid) in [
        ("blocks", 8),
        ("families/fast_dllm_v2", 8),
        ("families/bd3lm", 8),
    ] {
        for (device, mut model) in models(name) {
            let (mut forwards, mut tokens) = (0, 0);
            for seed in 0..2 {
                let request = GenerateRequest {
                    exit: Some("full".parse().expect("a choice")),
                    ..canvas(seed)
                };
                let prompt: Vec<u32> = (0..11).map(|i| 5 + (i * 7 + seed * 31) % 80).collect();
                let expected = one_by_one(&mut model, &prompt, 17, grid);
                for cache in ["exact", "none"] {
                    let request = GenerateRequest {
                        cache: Some(cache.parse().expect("a choice")),
                        ..request.clone()
                    };
                    let (found, count) = decode(&mut model, &request, "s2d2:cost=0");
                    assert_eq!(
                        found[prompt.len()..],
                        expected,
                        "{name} on {device:?}, seed {seed}, {cache}"
                    );
                    (forwards, tokens) = (forwards + count, tokens + 17);
                }
            }
            assert!(forwards <= 2 * tokens, "{name} on {device:?}");
        }
    }
}

/// The same checkpoint opened as a causal model writes the same, one token a forward.
#[test]
fn a_tri_mode_model_drafts_for_itself() {
    let causal = Conventions {
        block_size: Some(1),
        shift_logits: Some(true),
        ..Conventions::default()
    };
    let twins = models_as("families/nemotron", causal);
    for ((device, mut model), (_, mut twin)) in models("families/nemotron").into_iter().zip(twins) {
        for seed in 0..3 {
            let request = |cache: &str| {
                let ids = (0..21).map(|i| 5 + (i * 7 + seed * 31) % 80).collect();
                GenerateRequest {
                    canvas: Some(vec![CanvasSegment::Ids(ids), CanvasSegment::Mask(17)]),
                    exit: Some("full".parse().expect("a choice")),
                    cache: Some(cache.parse().expect("a choice")),
                    ..GenerateRequest::default()
                }
            };
            let (expected, steps) = decode(&mut twin, &request("none"), "even");
            assert_eq!(steps, 17, "one at a time");
            for cache in ["exact", "none"] {
                let (found, _) = decode(&mut model, &request(cache), "linear_spec");
                assert_eq!(found, expected, "{device:?}, seed {seed}, {cache}");
            }
        }
    }
}
