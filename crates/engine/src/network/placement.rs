//! Where each row of a forward is, and what it attends to.

use super::ask::Shadow;
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::model::Attention;

/// Extra rows come in multiples of this, so that few shapes are compiled.
const GROUP: usize = 32;

/// Ordinary rows come first, shadows after them, then rows that nobody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    ordinary: usize,
    /// Positions.
    shadows: Vec<u32>,
}

impl Placement {
    pub fn new(ordinary: usize, shadows: &[Shadow]) -> Self {
        Self {
            ordinary,
            shadows: shadows.iter().map(|shadow| shadow.position).collect(),
        }
    }

    /// Rows of the forward.
    pub fn rows(&self) -> usize {
        self.ordinary + self.shadows.len().next_multiple_of(GROUP)
    }

    /// A value for each row: of the ordinary ones, of each shadow, and of the rows that fill up.
    fn each(
        &self,
        ordinary: impl Fn(u32) -> u32,
        shadow: impl Fn(u32) -> u32,
        filler: u32,
    ) -> Vec<u32> {
        let mut values: Vec<u32> = (0..self.ordinary as u32).map(ordinary).collect();
        values.extend(self.shadows.iter().map(|position| shadow(*position)));
        values.resize(self.rows(), filler);
        values
    }

    /// `[rows]`: the positions.
    pub fn positions(&self) -> Vec<u32> {
        self.each(|row| row, |position| position, 0)
    }

    /// `[rows]`: attention classes. A row sees its own class and the ones below.
    pub fn classes(&self, attention: Attention) -> Vec<u32> {
        self.each(|row| attention.class_of(row), |_| u32::MAX - 1, u32::MAX)
    }

    /// `[rows]`: the row that each row does not see.
    pub fn blind(&self) -> Vec<u32> {
        self.each(|_| NO_TOKEN, |position| position, NO_TOKEN)
    }

    /// `[rows]`: the tokens, MASK in every extra row.
    pub fn tokens(&self, ids: &[u32], mask: u32) -> Vec<u32> {
        self.each(|row| ids[row as usize], |_| mask, mask)
    }

    /// `rows`, then a record row for each shadow: the token at its position is the one to judge.
    pub fn record_rows(&self, rows: &[RecordRow], ids: &[u32], mask: u32) -> Vec<RecordRow> {
        let scale = rows.first().map_or(1.0, |row| row.scale);
        let shadows = (self.ordinary as u32..).zip(&self.shadows);
        let shadows = shadows.map(|(row, position)| RecordRow {
            row,
            key: 0,
            current: match ids[*position as usize] {
                id if id == mask => NO_TOKEN,
                id => id,
            },
            scale,
            noise: 0.0,
        });
        rows.iter().copied().chain(shadows).collect()
    }
}
