//! How far the network's first choices are ahead of its second ones.

use super::super::Row;

/// The mean logit margin; `None` without rows.
pub(super) fn mean<'a>(rows: impl Iterator<Item = &'a Row>) -> Option<f32> {
    let margins: Vec<f64> = rows
        .map(|row| f64::from(row.record.logit_margin()))
        .collect();
    let mean = margins.iter().sum::<f64>() / margins.len() as f64;
    (!margins.is_empty()).then_some(mean as f32)
}
