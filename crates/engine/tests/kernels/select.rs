//! What the device commits is what the select pieces commit, to the bit, ties included.

use bytemuck::Zeroable;
use unmask_engine::Record;
use unmask_engine::decode::select::budget::Budget;
use unmask_engine::decode::select::{BoundOrder, EntropyBound, EvenSplit, Factor, Threshold};
use unmask_engine::decode::{Block, Canvas, Order, Row, Segment, Select as Piece, Step};
use unmask_engine::kernels::head_stats::{NO_TOKEN, RecordRow};
use unmask_engine::kernels::select::{
    Candidate, DecisionHeader, Limit, Params, STEP_WORDS, Select, Status, order_key,
};
use unmask_engine::random::{bits, row_key, step_key};
use unmask_engine::recording::BufferId;

use crate::harness::{Gpus, Problem};

const MASK: u32 = 99;
const GIVEN: u32 = 98;
const STOPS: [u32; 2] = [7, 3];
const STEPS: usize = 5;
const SEED: u64 = 11;
/// The number of the first step.
const FIRST: u32 = 6;
/// Position of the first row; every other position from there on is open.
const START: u32 = 5;

/// Rows of one step after the other; the network says the same in each.
struct Case {
    records: Vec<Record>,
    text_start: u32,
}

impl Case {
    /// Records of few levels, so that scores tie; subnormal entropies among them.
    fn new(seed: u64, rows: usize) -> Self {
        let word = |row: usize, what: u32| bits(row_key(seed, 0, row as u32), what);
        let of = |levels: &[f32], word: u32| levels[word as usize % levels.len()];
        let record = |row: usize| Record {
            samp: word(row, 0) % 16,
            l_samp: of(&[2.0, 1.5, 1.25, -0.0, 0.0], word(row, 1)),
            lse: of(&[2.0, 2.1, 1.5, 0.0], word(row, 2)) + 0.5 * (row % 2) as f32,
            ent: of(&[0.0, 1.0e-42, 0.05, 0.1, 0.7, 2.0], word(row, 3)),
            l1: row as f32,
            ..Record::zeroed()
        };
        Self {
            records: (0..rows).map(record).collect(),
            text_start: START + word(0, 9) % 4,
        }
    }

    fn position(row: usize) -> u32 {
        START + 2 * row as u32
    }

    fn length(&self) -> usize {
        START as usize + 2 * self.records.len()
    }
}

/// What the steps leave.
struct Outcome {
    ids: Vec<u32>,
    current: Vec<u32>,
    status: Status,
    /// For each step that was taken, which rows it took.
    taken: Vec<Vec<bool>>,
}

/// The same by the piece, one step at a time.
fn by_piece(case: &Case, piece: &mut dyn Piece) -> Outcome {
    let mut ids = vec![GIVEN; case.length()];
    for row in 0..case.records.len() {
        ids[Case::position(row) as usize] = MASK;
    }
    let block = Block::new(0, START, case.length() as u32);
    let mut taken = Vec::new();
    let mut status = Status::zeroed();
    while taken.len() < STEPS && status.stopped == 0 {
        let canvas = Canvas::new(&[], &[Segment::Pinned(ids.clone())], MASK);
        let rows: Vec<Row> = (case.records.iter().enumerate())
            .map(|(row, record)| Row::new(Case::position(row), *record))
            .filter(|row| canvas.is_masked(row.position))
            .collect();
        let step = Step {
            number: FIRST + taken.len() as u32,
            block,
            canvas: &canvas,
            rows: &rows,
            shadows: &[],
            branches: &[],
            verified: &[],
        };
        let mut marks = vec![false; case.records.len()];
        for commit in piece.select(&rows, &step) {
            ids[commit.position as usize] = commit.id;
            marks[(commit.position - START) as usize / 2] = true;
        }
        taken.push(marks);
        status = status_of(case, &ids, taken.len() as u32);
    }
    let current = |row| match ids[Case::position(row) as usize] {
        MASK => NO_TOKEN,
        id => id,
    };
    Outcome {
        current: (0..case.records.len()).map(current).collect(),
        ids,
        status,
        taken,
    }
}

fn status_of(case: &Case, ids: &[u32], steps: u32) -> Status {
    let of = |what: &dyn Fn(u32, u32) -> bool| {
        let found = (0..).zip(ids).find(|(position, id)| what(*position, **id));
        found.map_or(NO_TOKEN, |(position, _)| position)
    };
    let first_open = of(&|_, id| id == MASK);
    let first_stop = of(&|position, id| position >= case.text_start && STOPS.contains(&id));
    Status {
        masks_left: ids.iter().filter(|id| **id == MASK).count() as u32,
        stopped: u32::from(first_open == NO_TOKEN || first_stop < first_open),
        steps,
        first_stop,
    }
}

/// The steps as calls, and their ids, record rows and log.
fn problem(case: &Case, piece: &dyn Piece) -> (Problem, [(BufferId, usize); 3]) {
    let rows = case.records.len();
    let block = Block::new(0, START, case.length() as u32);
    let rule = piece
        .rule(&block, rows as u32, STEPS as u32)
        .expect("has a rule");
    let mut problem = Problem::default();
    let header = DecisionHeader {
        rows: rows as u32,
        by_entropy: u32::from(rule.order == Order::Entropy),
        gamma: rule.gamma.min(f32::MAX),
        text_start: case.text_start,
    };
    let mut decision: Vec<u32> = bytemuck::cast_slice(&[header]).to_vec();
    for step in 0..STEPS {
        let [least, most] = rule.counts.get(step).copied().unwrap_or_default();
        let next_key = step_key(SEED, FIRST + 1 + step as u32);
        let limit = Limit {
            least,
            most,
            next_key,
        };
        decision.extend::<&[u32]>(bytemuck::cast_slice(&[limit]));
    }
    let candidate = |row: usize| Candidate {
        position: Case::position(row),
        target_row: Case::position(row),
        bar: order_key(rule.bars[row.min(rule.bars.len() - 1)]),
    };
    let candidates: Vec<Candidate> = (0..rows).map(candidate).collect();
    let record_row = |row: usize| RecordRow {
        row: row as u32,
        key: row_key(SEED, FIRST, Case::position(row)),
        current: NO_TOKEN,
        scale: 1.0,
        noise: 0.0,
    };
    let record_rows: Vec<RecordRow> = (0..rows).map(record_row).collect();
    let mut log = vec![0; Status::words(STEPS, rows)];
    log[..4].copy_from_slice(&[rows as u32, 0, 0, NO_TOKEN]);
    let mut call = Select {
        params: Params {
            step: 0,
            first_stop: 1,
            stops: STOPS.len() as u32,
        },
        records: problem.words(bytemuck::cast_slice::<_, u32>(&case.records)),
        decision: problem.words(decision),
        candidates: problem.words(bytemuck::cast_slice::<_, u32>(&candidates)),
        special: problem.words([&[MASK][..], &STOPS].concat()),
        record_rows: problem.words(bytemuck::cast_slice::<_, u32>(&record_rows)),
        ids: problem.words(vec![MASK; case.length()]),
        log: problem.words(log),
    };
    for step in 0..STEPS as u32 {
        call.params.step = step;
        problem.call(call.clone());
    }
    let outputs = [
        (call.ids, case.length()),
        (call.record_rows, rows * size_of::<RecordRow>() / 4),
        (call.log, Status::words(STEPS, rows)),
    ];
    (problem, outputs)
}

fn check_log(label: &str, words: &[u32], case: &Case, expected: &Outcome) {
    let (status, steps) = words.split_at(size_of::<Status>() / 4);
    let status: &[Status] = bytemuck::cast_slice(status);
    assert_eq!(status, [expected.status], "{label}");
    let steps = steps.chunks_exact(case.records.len() * STEP_WORDS);
    for (number, (step, taken)) in steps.zip(&expected.taken).enumerate() {
        for (row, words) in step.chunks_exact(STEP_WORDS).enumerate() {
            let (record, mark) = words.split_at(STEP_WORDS - 1);
            let place = format!("{label}: step {number}, row {row}");
            assert_eq!(mark, [u32::from(taken[row])], "{place}");
            let record: &[Record] = bytemuck::cast_slice(record);
            assert_eq!(record, [case.records[row]], "{place}");
        }
    }
}

/// Makes a piece that has seen nothing yet.
type Make<'a> = &'a dyn Fn() -> Box<dyn Piece>;

/// Compares log, ids and record rows on every device.
fn compare(gpus: &mut Gpus, name: &str, case: &Case, make: Make) {
    let expected = by_piece(case, &mut *make());
    let (problem, [ids, record_rows, log]) = problem(case, &*make());
    gpus.each(&problem, log.0, log.1, |label, _, found| {
        check_log(&format!("{name}, {label}"), found, case, &expected);
    });
    if case.records.len() > 33 {
        return;
    }
    gpus.each(&problem, ids.0, ids.1, |label, _, found| {
        for row in 0..case.records.len() {
            let at = Case::position(row) as usize;
            assert_eq!(found[at], expected.ids[at], "{name}, {label}: {row}");
        }
    });
    gpus.each(&problem, record_rows.0, record_rows.1, |label, _, found| {
        let found: &[RecordRow] = bytemuck::cast_slice(found);
        for (row, found) in found.iter().enumerate() {
            let key = row_key(SEED, FIRST + STEPS as u32, Case::position(row));
            let expected = (key, expected.current[row]);
            assert_eq!(
                (found.key, found.current),
                expected,
                "{name}, {label}: {row}"
            );
        }
    });
}

#[test]
fn devices_commit_what_the_pieces_commit() {
    let mut gpus = Gpus::open();
    let bound = |gamma, order| move || Box::new(EntropyBound::new(gamma, order)) as Box<dyn Piece>;
    let even = |steps| move || Box::new(EvenSplit::new(Budget::new(steps, 1))) as Box<dyn Piece>;
    let threshold = |at| move || Box::new(Threshold::new(at)) as Box<dyn Piece>;
    let factor = |factor| move || Box::new(Factor::new(factor)) as Box<dyn Piece>;
    // The probability of a level, which passes its own threshold.
    let level = (1.5f32 - 2.1).exp();
    let pieces: [(&str, Make); 9] = [
        ("even, one a step", &even(None)),
        ("even in 3", &even(Some(3))),
        ("threshold at a level", &threshold(level)),
        ("threshold none reaches", &threshold(1.5)),
        ("factor", &factor(1.3)),
        ("all entropies", &bound(f32::INFINITY, BoundOrder::Entropy)),
        ("no entropy", &bound(0.0, BoundOrder::Entropy)),
        ("few entropies", &bound(0.35, BoundOrder::Entropy)),
        (
            "entropies by confidence",
            &bound(0.8, BoundOrder::Confidence),
        ),
    ];
    for (seed, rows) in [(1, 1), (2, 8), (3, 33), (4, 9), (5, 1024)] {
        let case = Case::new(seed, rows);
        for (name, make) in pieces {
            compare(&mut gpus, &format!("{name}, {rows} rows"), &case, make);
        }
    }
}

#[test]
fn the_cases_tie_and_end_in_every_way() {
    let mut ways = [false; 3];
    for seed in 1..7 {
        let case = Case::new(seed, 33);
        let scores = case.records.iter().map(|record| record.log_proposal());
        let mut scores: Vec<u32> = scores.map(order_key).collect();
        scores.sort_unstable();
        assert!(scores.windows(2).any(|pair| pair[0] == pair[1]), "ties");
        for threshold in [0.0, 0.45, 1.5] {
            let status = by_piece(&case, &mut Threshold::new(threshold)).status;
            ways[0] |= status.stopped == 1 && status.masks_left > 0;
            ways[1] |= status.stopped == 1 && status.masks_left == 0;
            ways[2] |= status.stopped == 0;
        }
    }
    assert_eq!(
        ways, [true; 3],
        "at a stop token, with the last mask, not at all"
    );
}
