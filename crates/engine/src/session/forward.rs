//! The network as the denoising loop sees it.

use super::LoadedModel;
use crate::decode::{Canvas, Convention, Forward, Plan, Proposal, Readout};
use crate::error::Result;
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::model::LogitShift;
use crate::random;

impl Forward for LoadedModel {
    async fn forward(
        &mut self,
        canvas: &Canvas,
        plan: &Plan,
        proposal: &Proposal,
    ) -> Result<Readout> {
        let shift = self.network.spec().shift;
        let rows = plan.records.iter();
        let rows: Vec<RecordRow> = rows
            .map(|&position| record_row(canvas, position, shift, plan.step, proposal))
            .collect();
        let records = self.network.records(&self.network_ids(canvas), &rows).await?;
        Ok(Readout {
            records,
            ..Readout::default()
        })
    }
}

impl LoadedModel {
    /// The canvas's tokens as the network may be given them: a causal model's open positions hold
    /// any token, since no row that is read sees them.
    fn network_ids(&self, canvas: &Canvas) -> Vec<u32> {
        let size = self.network.spec().vocabulary as u32;
        let known = |&id: &u32| if id < size { id } else { 0 };
        canvas.ids().iter().map(known).collect()
    }
}

fn record_row(
    canvas: &Canvas,
    position: u32,
    shift: LogitShift,
    step: u32,
    proposal: &Proposal,
) -> RecordRow {
    let temperature = proposal.temperature;
    let (scale, noise) = match proposal.convention {
        _ if temperature == 0.0 => (1.0, 0.0),
        Convention::Llada => (1.0, temperature),
        Convention::Dream => (1.0 / temperature, 1.0),
    };
    RecordRow {
        row: shift.row_of(position),
        key: random::row_key(proposal.seed, step, position),
        current: match canvas.is_masked(position) {
            true => NO_TOKEN,
            false => canvas.id(position),
        },
        scale,
        noise,
    }
}
