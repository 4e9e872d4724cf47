//! A deterministic model: logits are a hash of position and neighbours, in few levels, so that
//! ties of tokens and of confidences are common.

use unmask_engine::decode::{
    Branch, Canvas, Convention, DecodeOptions, Driver, Forward, Frame, GATHER, Plan, Proposal,
    Reading, Readout, Segment, Vocabulary,
};
use unmask_engine::random::{bits, gumbel, mix, row_key};
use unmask_engine::{Record, Result};

pub const SIZE: u32 = 8;
pub const MASK: u32 = 5;
pub const STOP: u32 = 2;
pub const PAD: u32 = 0;
pub const LINE: u32 = 7;
pub const EXPAND: u32 = 6;

pub fn vocabulary() -> Vocabulary {
    Vocabulary {
        mask_id: MASK,
        stop_ids: vec![STOP],
        pad_id: Some(PAD),
        size: SIZE,
        delimiters: vec![LINE],
        expand_id: Some(EXPAND),
        pad_cycle: Vec::new(),
    }
}

/// The toy model; `seed` picks its weights.
#[derive(Clone, Copy, Debug)]
pub struct Toy {
    pub seed: u32,
}

impl Toy {
    /// Logits of the prediction for `position`, MASK not banned yet. [vocabulary]
    pub fn logits(&self, ids: &[u32], position: usize) -> Vec<f32> {
        let neighbour =
            |index: Option<usize>| index.and_then(|i| ids.get(i)).map_or(SIZE, |&id| id);
        let context = [
            self.seed,
            position as u32,
            neighbour(position.checked_sub(1)),
            neighbour(position.checked_add(1)),
        ];
        let key = context.iter().fold(1, |key, &word| mix(key ^ mix(word)));
        // Most levels are low, so that some rows are sure and most are not.
        let level =
            |token| [0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 4.0, 6.0][(bits(key, token) % 8) as usize];
        (0..SIZE).map(level).collect()
    }

    /// Logits of any id at `position` in the space that statistics are taken in.
    fn gathered(
        &self,
        canvas: &Canvas,
        position: u32,
        ids: [u32; GATHER],
        proposal: &Proposal,
    ) -> [f32; GATHER] {
        let mut logits = self.logits(canvas.ids(), position as usize);
        logits[MASK as usize] = f32::NEG_INFINITY;
        to_stat_space(&mut logits, proposal);
        ids.map(|id| {
            let logit = logits.get(id as usize);
            logit.copied().unwrap_or(f32::NEG_INFINITY)
        })
    }

    /// What it says of `canvas` with the tokens of `branch`.
    fn continued(
        &self,
        canvas: &Canvas,
        branch: &Branch,
        plan: &Plan,
        proposal: &Proposal,
    ) -> Vec<Record> {
        let mut ids = canvas.ids().to_vec();
        for &(position, id) in &branch.tokens {
            ids[position as usize] = id;
        }
        let canvas = Canvas::new(&[], &[Segment::Pinned(ids)], MASK);
        let records = branch.records.iter();
        records
            .map(|&position| self.record(&canvas, position, plan.step, proposal))
            .collect()
    }

    /// What it says of each position behind the tokens before it, and before none.
    fn verified(&self, canvas: &Canvas, plan: &Plan, proposal: &Proposal) -> Readout {
        let mut ids = canvas.ids().to_vec();
        for &(position, id) in &plan.guesses {
            ids[position as usize] = id;
        }
        let record = |&position: &u32| {
            let mut before = ids[..position as usize].to_vec();
            before.push(MASK);
            let before = Canvas::new(&[], &[Segment::Pinned(before)], MASK);
            self.record(&before, position, plan.step, proposal)
        };
        Readout {
            records: plan.records.iter().map(record).collect(),
            ..Readout::default()
        }
    }

    fn record(&self, canvas: &Canvas, position: u32, step: u32, proposal: &Proposal) -> Record {
        let mut logits = self.logits(canvas.ids(), position as usize);
        logits[MASK as usize] = f32::NEG_INFINITY;
        for &(id, bias) in &proposal.guidance.bias {
            logits[id as usize] += bias;
        }
        let key = row_key(proposal.seed, step, position);
        let temperature = proposal.temperature;
        let noisy = logits.iter().zip(0..).map(|(logit, token)| {
            if temperature == 0.0 {
                *logit
            } else {
                logit + temperature * gumbel(bits(key, token))
            }
        });
        let samp = first_largest(&noisy.collect::<Vec<f32>>());
        to_stat_space(&mut logits, proposal);
        statistics(&logits, samp, canvas.id(position))
    }
}

/// Divides by the temperature where the convention says so. The largest becomes 0: rows that
/// differ by a constant have the same softmax, and with it the same records, so they tie.
fn to_stat_space(logits: &mut [f32], proposal: &Proposal) {
    let scale = match proposal.convention {
        Convention::Dream if proposal.temperature > 0.0 => proposal.temperature,
        _ => 1.0,
    };
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for logit in logits {
        *logit = (*logit - largest) / scale;
    }
}

/// Index of the largest value, the lowest of equals.
pub fn first_largest(values: &[f32]) -> u32 {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best as u32
}

fn statistics(logits: &[f32], samp: u32, current: u32) -> Record {
    let top1 = first_largest(logits);
    let mut others = logits.to_vec();
    others[top1 as usize] = f32::NEG_INFINITY;
    let top2 = first_largest(&others);
    // In order of size, so that rows of the same logits tie whatever tokens have them.
    let mut sorted = logits.to_vec();
    sorted.sort_by(f32::total_cmp);
    let total: f64 = sorted.iter().map(|&logit| f64::from(logit).exp()).sum();
    let at = |token: u32| logits[token as usize];
    let entropy: f64 = sorted
        .iter()
        .filter(|logit| logit.is_finite())
        .map(|&logit| f64::from(logit).exp() / total * (total.ln() - f64::from(logit)))
        .sum();
    Record {
        top1,
        top2,
        samp,
        l1: at(top1),
        l2: at(top2),
        lse: total.ln() as f32,
        ent: entropy.max(0.0) as f32,
        l_cur: at(current),
        l_eos: at(STOP),
        l_samp: at(samp),
    }
}

impl Forward for Toy {
    async fn forward(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
    ) -> Result<Readout> {
        if matches!(plan.reading, Reading::OneByOne | Reading::Causal) {
            return Ok(self.verified(canvas, plan, proposal));
        }
        let record = |&position: &u32| self.record(canvas, position, plan.step, proposal);
        let gathered = plan.records.iter().zip(&plan.gather);
        let gathered =
            gathered.map(|(&position, &ids)| self.gathered(canvas, position, ids, proposal));
        // Not a divergence of anything, but a number that a piece may meet.
        let kl = |&position: &u32| {
            let at = mix(mix(self.seed ^ position).wrapping_add(plan.step)) % 4;
            [0.0, 0.005, 1.0, f32::INFINITY][at as usize]
        };
        Ok(Readout {
            forwarded: canvas.len(),
            records: plan.records.iter().map(record).collect(),
            branches: plan
                .branches
                .iter()
                .map(|branch| self.continued(canvas, branch, plan, proposal))
                .collect(),
            // A row of the toy does not see its own position, so its shadow says the same.
            shadows: plan.shadows.iter().map(record).collect(),
            gathered: gathered.collect(),
            kl: if plan.kl {
                plan.records.iter().map(kl).collect()
            } else {
                Vec::new()
            },
        })
    }
}

/// Every frame of a run, and the canvas it ends with.
pub fn run<F: Forward>(mut driver: Driver, forward: &mut F) -> (Vec<Frame>, Canvas) {
    let mut frames = Vec::new();
    while let Some(frame) = pollster::block_on(driver.step(forward)).unwrap() {
        frames.push(frame);
    }
    assert_eq!(frames.len() as u32, driver.forwards());
    (frames, driver.canvas().clone())
}

pub fn driver(canvas: Canvas, options: &DecodeOptions) -> Driver {
    Driver::new(canvas, vocabulary(), options).unwrap()
}

/// Which (position, id) each step committed.
pub fn commits(frames: &[Frame]) -> Vec<Vec<(u32, u32)>> {
    let of_frame = |frame: &Frame| {
        let commits = frame.committed.iter();
        commits.map(|commit| (commit.position, commit.id)).collect()
    };
    frames.iter().map(of_frame).collect()
}
