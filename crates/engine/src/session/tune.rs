//! What a device is good at: the faster kernels, and how many rows a forward has for hardly more
//! than the price of one.
//!
//! A forward reads all weights whatever its rows are, so a few rows cost a device as much as one
//! until its arithmetic is the limit. Methods that forward more rows than that must commit more
//! tokens to pay off.

use serde::Serialize;

use super::LoadedModel;
use crate::clock::Clock;
use crate::error::Result;
use crate::gpu::TileChoice;
use crate::request::{CanvasSegment, GenerateRequest};

/// Rows that are measured, in this order, while there is time.
const ROWS: [u32; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
/// Forwards of more rows are not begun after so many seconds.
const BUDGET: f64 = 1.2;
/// Forwards of the same rows are repeated for so many seconds: a browser's clock may step by one
/// thousandth of a second.
const LONG_ENOUGH: f64 = 0.03;
/// Most repetitions.
const REPEATS: u32 = 32;
/// What a forward at the knee may take of the time of a single row.
const HARDLY_LONGER: f64 = 1.25;

/// What one forward took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ForwardTime {
    /// Rows of the network.
    pub rows: u32,
    /// Seconds, on average.
    pub seconds: f64,
}

/// What was measured of a device with a model.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tuning {
    /// Which tiles are used; none where there is no choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiles: Option<TileChoice>,
    /// What forwards took, fewest rows first.
    pub forwards: Vec<ForwardTime>,
    /// The most rows measured that take hardly longer than one; 0 before one was.
    pub knee: u32,
}

/// A measurement in progress. To cancel, stop calling.
pub struct Tuner {
    tuning: Tuning,
    /// Whether the tiles are settled.
    has_tiles: bool,
    spent: f64,
}

impl LoadedModel {
    /// Begins to measure the device; nothing runs until [`Tuner::next`].
    #[must_use]
    pub fn tune(&self) -> Tuner {
        Tuner {
            tuning: Tuning::default(),
            has_tiles: false,
            spent: 0.0,
        }
    }

    /// What was measured of tiles so far, when the model was loaded or since.
    #[must_use]
    pub fn tiles(&self) -> Option<TileChoice> {
        self.executor().gpu()?.tiles()
    }

    /// Seconds of one step that forwards `rows` masks, takes the statistics of each and commits
    /// all: what a step costs that has no cache.
    ///
    /// # Errors
    /// `context_overflow`; what the device reports.
    pub async fn time_forward(&mut self, rows: u32) -> Result<f64> {
        let request = GenerateRequest {
            canvas: Some(vec![CanvasSegment::Mask(rows)]),
            steps: Some(1),
            ..GenerateRequest::default()
        };
        let mut generation = self.generate(&request)?;
        let mut seconds = 0.0;
        while let Some(frame) = generation.next(self).await? {
            seconds = frame.seconds;
        }
        Ok(seconds)
    }
}

impl Tuner {
    /// Measures one thing more, and tells all that is known; `None` at the end, after about a
    /// second and the time of the last forwards.
    ///
    /// # Errors
    /// What the device reports; it can be tried again.
    pub async fn next(&mut self, model: &mut LoadedModel) -> Result<Option<Tuning>> {
        let clock = Clock::start();
        if !self.has_tiles {
            self.tuning.tiles = model.network.tune().await?;
            self.has_tiles = true;
        } else if let Some(rows) = self.next_rows(model) {
            let seconds = average(model, rows).await?;
            self.tuning.forwards.push(ForwardTime { rows, seconds });
            self.tuning.knee = knee(&self.tuning.forwards);
        } else {
            return Ok(None);
        }
        self.spent += clock.seconds();
        Ok(Some(self.tuning.clone()))
    }

    /// The rows to measure next, if there is time and room for them.
    fn next_rows(&self, model: &LoadedModel) -> Option<u32> {
        let rows = *ROWS.get(self.tuning.forwards.len())?;
        let fits = rows as usize <= model.network.spec().context;
        let begins = self.spent < BUDGET || self.tuning.forwards.is_empty();
        (fits && begins).then_some(rows)
    }
}

/// Seconds of a forward; the first one, which compiles, does not count.
async fn average(model: &mut LoadedModel, rows: u32) -> Result<f64> {
    model.time_forward(rows).await?;
    let clock = Clock::start();
    let mut repeats = 0;
    while repeats < REPEATS && clock.seconds() < LONG_ENOUGH || repeats == 0 {
        model.time_forward(rows).await?;
        repeats += 1;
    }
    Ok(clock.seconds() / f64::from(repeats))
}

/// The most rows that take hardly longer than the fewest; rows beyond the first that do not are
/// beyond the knee whatever they took.
fn knee(forwards: &[ForwardTime]) -> u32 {
    let limit = forwards.first().map_or(0.0, |one| one.seconds) * HARDLY_LONGER;
    let flat = forwards.iter().take_while(|time| time.seconds <= limit);
    flat.last().map_or(0, |time| time.rows)
}

#[cfg(test)]
mod tests {
    use super::{ForwardTime, knee};

    fn times(of: &[(u32, f64)]) -> Vec<ForwardTime> {
        let time = |&(rows, seconds)| ForwardTime { rows, seconds };
        of.iter().map(time).collect()
    }

    #[test]
    fn the_knee_is_where_time_begins_to_rise() {
        assert_eq!(knee(&times(&[])), 0);
        assert_eq!(knee(&times(&[(1, 2.0)])), 1);
        assert_eq!(knee(&times(&[(1, 2.0), (2, 2.5), (4, 2.6), (8, 5.0)])), 2);
        assert_eq!(knee(&times(&[(1, 2.0), (2, 1.9), (4, 2.4)])), 4);
        // A lucky measurement beyond the knee moves nothing.
        assert_eq!(knee(&times(&[(1, 1.0), (2, 2.0), (4, 1.1)])), 1);
    }
}
