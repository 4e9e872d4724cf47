//! Calls of kernels with their buffers, and what of the result is looked at.

use unmask_engine::Result;
use unmask_engine::kernels::Operation;
use unmask_engine::recording::{BufferId, BufferIds, Executor, Recording};

/// Calls with the buffers they read and write.
#[derive(Debug, Default)]
pub struct Problem {
    /// What sets it apart, for people.
    pub name: String,
    ids: BufferIds,
    buffers: Vec<(BufferId, Vec<u32>)>,
    /// In the order in which they run.
    pub operations: Vec<Operation>,
    /// The buffer that is compared, and its words.
    pub output: Option<(BufferId, usize)>,
    /// Largest difference from the twin that passes, relative to the largest number; where f16
    /// tiles compute, [`half_tolerance`](Self::half_tolerance).
    pub tolerance: f64,
    /// As `tolerance`, for tiles of 16-bit floats.
    pub half_tolerance: f64,
}

impl Problem {
    /// Without buffers and calls.
    #[must_use]
    pub fn new(name: impl Into<String>, tolerance: f64) -> Self {
        Self {
            name: name.into(),
            tolerance,
            half_tolerance: tolerance,
            ..Self::default()
        }
    }

    /// A buffer holding `words`.
    pub fn words(&mut self, words: impl Into<Vec<u32>>) -> BufferId {
        let id = self.ids.fresh();
        self.buffers.push((id, words.into()));
        id
    }

    /// A buffer holding `values`.
    pub fn floats(&mut self, values: &[f32]) -> BufferId {
        self.words(bytemuck::cast_slice(values))
    }

    /// A buffer holding `words` that is compared in the end.
    pub fn result(&mut self, words: impl Into<Vec<u32>>) -> BufferId {
        let words = words.into();
        let count = words.len();
        let id = self.words(words);
        self.output = Some((id, count));
        id
    }

    /// A buffer of `count` zeros that is compared in the end.
    pub fn zeros(&mut self, count: usize) -> BufferId {
        self.result(vec![0; count])
    }

    /// Appends a call.
    pub fn call(&mut self, operation: impl Into<Operation>) {
        self.operations.push(operation.into());
    }

    /// The words of the output after the calls ran.
    ///
    /// # Errors
    /// What the executor reports.
    ///
    /// # Panics
    /// Without an output.
    pub async fn run(&self, executor: &mut impl Executor) -> Result<Vec<u32>> {
        for (id, words) in &self.buffers {
            let bytes = words.len() as u64 * 4;
            executor.allocate(*id, "conformance", bytes).await?;
            executor.write(*id, 0, bytemuck::cast_slice(words))?;
        }
        let recording = Recording {
            operations: self.operations.clone(),
            buffers: Vec::new(),
        };
        let (output, count) = self.output.expect("a problem has an output");
        let prepared = executor.prepare(recording).await?;
        let bytes = executor.run(prepared, output, count as u64 * 4).await;
        executor.release(prepared);
        Ok(bytemuck::pod_collect_to_vec(&bytes?))
    }
}

/// The largest difference of two outputs relative to the largest number. Words that are no floats
/// of a usual size are ids and must be equal; infinity where they are not.
#[must_use]
pub fn difference(found: &[u32], expected: &[u32]) -> f64 {
    let float = |word: &u32| f64::from(f32::from_bits(*word));
    let scale = (expected.iter().map(float))
        .filter(|v| v.is_finite() && v.abs() < 1e30)
        .fold(1e-6, |most: f64, v| most.max(v.abs()));
    let apart = |(found, expected): (&u32, &u32)| {
        let (f, e) = (float(found), float(expected));
        let is_number = |v: f64| v == 0.0 || (1e-30..1e30).contains(&v.abs());
        match found == expected {
            true => 0.0,
            false if is_number(f) && is_number(e) => (f - e).abs() / scale,
            false => f64::INFINITY,
        }
    };
    match found.len() == expected.len() {
        true => found.iter().zip(expected).map(apart).fold(0.0, f64::max),
        false => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn floats_may_differ_a_little_and_ids_not_at_all() {
        let words = |values: [f32; 2], id: u32| [values[0].to_bits(), values[1].to_bits(), id];
        let expected = words([2.0, -1.0], 7);
        assert_eq!(difference(&expected, &expected), 0.0);
        assert_eq!(difference(&words([2.5, -1.0], 7), &expected), 0.25);
        assert_eq!(difference(&words([2.0, -1.0], 8), &expected), f64::INFINITY);
        assert_eq!(
            difference(&words([f32::NAN, -1.0], 7), &expected),
            f64::INFINITY
        );
        assert_eq!(difference(&expected[..2], &expected), f64::INFINITY);
        let lowest = [f32::NEG_INFINITY.to_bits()];
        assert_eq!(difference(&lowest, &lowest), 0.0);
    }
}
