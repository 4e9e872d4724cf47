//! Every row, every step: no cache, exact for every model.

use super::{Canvas, Plan, RowPlan};

/// Forwards the whole sequence and reads the wanted rows.
pub struct FullPlan;

impl RowPlan for FullPlan {
    fn plan(&mut self, _canvas: &Canvas, wanted: &[u32], step: u32) -> Plan {
        Plan {
            records: wanted.to_vec(),
            step,
            ..Plan::default()
        }
    }
}
