//! CreditDecoding on gathered logits is CreditDecoding on all of them.

use unmask_engine::decode::method::Choice;
use unmask_engine::decode::{
    Canvas, DecodeOptions, Driver, Forward, GATHER, Plan, Proposal, Readout, Segment, Vocabulary,
};
use unmask_engine::random::{bits, gumbel, row_key};
use unmask_engine::{Record, Result};

const SIZE: u32 = 24;
const MASK: u32 = 23;
/// At most so many forwards as a ledger has entries, so nothing is forgotten.
const BLOCK: u32 = 8;

/// Random logits that change a little from step to step, so that the likeliest tokens change.
fn logits(seed: u64, step: u32, position: u32) -> Vec<f32> {
    let noise = |step, token| gumbel(bits(row_key(seed, step, position), token));
    let mut logits: Vec<f32> = (0..SIZE)
        .map(|token| 1.5 * noise(u32::MAX, token) + 0.5 * noise(step, token))
        .collect();
    logits[MASK as usize] = f32::NEG_INFINITY;
    logits
}

fn argmax(values: &[f64]) -> usize {
    let best = |best: usize, index: usize| {
        if values[index] > values[best] {
            index
        } else {
            best
        }
    };
    (1..values.len()).fold(0, best)
}

/// Softmax, and the logarithm of its denominator.
fn softmax(logits: impl Iterator<Item = f64>) -> (Vec<f64>, f64) {
    let weights: Vec<f64> = logits.map(f64::exp).collect();
    let total: f64 = weights.iter().sum();
    (
        weights.iter().map(|weight| weight / total).collect(),
        total.ln(),
    )
}

/// A network of random logits.
struct Noise(u64);

impl Forward for Noise {
    async fn forward(&mut self, _: &Canvas, plan: &Plan, _: &Proposal) -> Result<Readout> {
        let record = |&position: &u32| {
            let logits = logits(self.0, plan.step, position);
            let wide: Vec<f64> = logits.iter().map(|&logit| logit.into()).collect();
            let top = argmax(&wide);
            Record {
                top1: top as u32,
                top2: 0,
                samp: top as u32,
                l1: logits[top],
                l2: f32::NEG_INFINITY,
                lse: softmax(wide.into_iter()).1 as f32,
                ent: 0.0,
                l_cur: f32::NEG_INFINITY,
                l_eos: f32::NEG_INFINITY,
                l_samp: logits[top],
            }
        };
        let gathered = |(&position, ids): (&u32, &[u32; GATHER])| {
            let logits = logits(self.0, plan.step, position);
            ids.map(|id| logits.get(id as usize).copied().unwrap_or(f32::NAN))
        };
        Ok(Readout {
            records: plan.records.iter().map(record).collect(),
            gathered: plan
                .records
                .iter()
                .zip(&plan.gather)
                .map(gathered)
                .collect(),
            ..Readout::default()
        })
    }
}

/// The published form: a credit for every token of every position of a block.
fn dense(seed: u64, length: u32, threshold: f64) -> Vec<Vec<(u32, u32, f64)>> {
    let (alpha, beta, gamma) = (0.7, 0.8, 0.2);
    let mut trace = Vec::new();
    for start in (0..length).step_by(BLOCK as usize) {
        let mut credit = vec![vec![0.0; SIZE as usize]; BLOCK as usize];
        let mut open: Vec<u32> = (start..start + BLOCK).collect();
        while !open.is_empty() {
            let mut fused = Vec::new();
            for &position in &open {
                let logits = logits(seed, trace.len() as u32, position);
                let wide: Vec<f64> = logits.iter().map(|&logit| logit.into()).collect();
                let (probabilities, _) = softmax(wide.iter().copied());
                let credit = &mut credit[(position - start) as usize];
                credit.iter_mut().for_each(|credit| *credit *= beta);
                let top = argmax(&wide);
                credit[top] += f64::powf(probabilities[top], gamma);
                let boosted = wide.iter().zip(credit.iter());
                let boosted = boosted.map(|(logit, credit)| logit + alpha * f64::ln(1.0 + credit));
                let (probabilities, _) = softmax(boosted);
                let best = argmax(&probabilities);
                fused.push((position, best as u32, probabilities[best]));
            }
            let surest = fused.iter().map(|row| row.2).fold(0.0, f64::max);
            fused.retain(|row| row.2 >= threshold.min(surest));
            open.retain(|position| fused.iter().all(|row| row.0 != *position));
            trace.push(fused);
        }
    }
    trace
}

#[test]
fn the_sparse_form_is_the_dense_form() {
    let (length, threshold) = (3 * BLOCK, 0.7);
    let mut surprises = 0;
    for seed in 0..60 {
        let options = DecodeOptions {
            block: Some(BLOCK),
            select: Choice::new("credit").with("threshold", threshold),
            exit: Choice::new("full"),
            ..DecodeOptions::default()
        };
        let vocabulary = Vocabulary {
            mask_id: MASK,
            stop_ids: vec![],
            pad_id: None,
            size: SIZE,
            ..crate::toy::vocabulary()
        };
        let canvas = Canvas::new(&[], &[Segment::Masked(length)], MASK);
        let driver = Driver::new(canvas, vocabulary, &options).unwrap();
        let (frames, _) = crate::toy::run(driver, &mut Noise(seed));
        let expected = dense(seed, length, threshold);
        assert_eq!(frames.len(), expected.len());
        for (frame, expected) in frames.iter().zip(expected) {
            assert_eq!(frame.committed.len(), expected.len());
            for (commit, (position, id, confidence)) in frame.committed.iter().zip(expected) {
                assert_eq!((commit.position, commit.id), (position, id));
                assert!((f64::from(commit.confidence) - confidence).abs() < 1e-5);
                let row = frame.records.iter().find(|row| row.position == position);
                surprises += u32::from(row.is_some_and(|row| row.record.top1 != id));
            }
        }
    }
    assert!(surprises > 0, "credit changes some tokens");
}
