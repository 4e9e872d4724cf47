//! What a step costs beside its kernels, alone and among several in one submission.

use serde::Serialize;

use super::LoadedModel;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::kernels::select::Limit;
use crate::network::{Ask, Decision};

/// Seconds of a step, measured in one turn.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepCost {
    /// Rows that are forwarded, each with a record.
    pub rows: u32,
    /// Steps of a submission.
    pub steps: u32,
    /// A step that has a submission of its own.
    pub alone: f64,
    /// A step among the others of a submission.
    pub unrolled: f64,
    /// The sum of its kernels, each measured by itself.
    pub kernels: f64,
}

impl LoadedModel {
    /// Measures a step of `rows` masks without a cache in each of the three ways, once.
    ///
    /// # Errors
    /// `bad_input` without a GPU or with fewer rows than steps; what the device reports.
    pub async fn time_unrolled(&mut self, rows: u32, steps: u32) -> Result<StepCost> {
        if steps < 2 || rows < steps {
            return Err(Error::bad_input(format!(
                "{steps} steps over {rows} rows cannot be measured: each commits one row, so give 2 \
                 steps or more and as many rows at least"
            )));
        }
        let ids = vec![0; rows as usize];
        self.check_ids(&ids)?;
        let record = |row| RecordRow {
            row,
            key: 0,
            current: NO_TOKEN,
            scale: 1.0,
            noise: 0.0,
        };
        let ask = Ask::records((0..rows).map(record).collect());
        let clock = Clock::start();
        self.network.read(&ids, &ask).await?;
        let alone = clock.seconds();
        let clock = Clock::start();
        let decision = one_a_step(rows, steps);
        self.network.read_ahead(&ids, &ask, &decision).await?;
        let unrolled = clock.seconds() / f64::from(steps);
        let kernels = self.network.kernel_seconds().await?;
        Ok(StepCost {
            rows,
            steps,
            alone,
            unrolled,
            kernels: kernels.ok_or_else(|| {
                Error::bad_input("kernels are timed on a GPU; choose the device gpu")
            })?,
        })
    }
}

/// Commits the surest row in each of `steps`, which no stop token ends.
fn one_a_step(rows: u32, steps: u32) -> Decision {
    let limit = Limit {
        least: 1,
        most: 1,
        next_key: 0,
    };
    Decision {
        by_entropy: false,
        gamma: f32::INFINITY,
        limits: vec![limit; steps as usize],
        positions: (0..rows).collect(),
        bars: Vec::new(),
        text_start: u32::MAX,
        first_stop: NO_TOKEN,
    }
}
