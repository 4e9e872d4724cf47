//! A model that says what it is told to say.

use unmask_engine::decode::{
    Canvas, DecodeOptions, Forward, Plan, Proposal, Readout, Segment, method::Choice,
};
use unmask_engine::{Record, Result};

use crate::toy::MASK;

/// Proposes what a script says for each position: a token and how sure it is.
pub struct Script(pub Vec<(u32, f32)>);

impl Forward for Script {
    async fn forward(
        &mut self,
        _canvas: &Canvas,
        plan: &Plan,
        _proposal: &Proposal,
    ) -> Result<Readout> {
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
        Ok(Readout {
            records: plan.records.iter().map(record).collect(),
            ..Readout::default()
        })
    }
}

pub fn masks(count: u32) -> Canvas {
    Canvas::new(&[], &[Segment::Masked(count)], MASK)
}

pub fn threshold(threshold: f32) -> DecodeOptions {
    DecodeOptions {
        select: Choice::new("threshold").with("threshold", threshold),
        ..DecodeOptions::default()
    }
}
