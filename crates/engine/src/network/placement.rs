//! Where each row of a forward is, and what it attends to.

use std::ops::Range;

use super::ask::Shadow;
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::model::Attention;

/// Extra rows come in multiples of this, so that few shapes are compiled.
const GROUP: usize = 32;

/// Slots beyond the forwarded rows come in multiples of this, for the same reason.
const SLOTS: usize = 64;

/// Ordinary rows come first, shadows after them, then rows that nobody sees.
///
/// The slot of an ordinary row is its position, so that rows of earlier forwards are attended to
/// where they were left; extra rows have the slots behind the sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Positions of the ordinary rows.
    ordinary: Range<u32>,
    /// Positions that may be attended to, from the first on.
    length: u32,
    /// Positions.
    shadows: Vec<u32>,
}

impl Placement {
    /// Every row of a sequence of `length`.
    pub fn whole(length: usize, shadows: &[Shadow]) -> Self {
        Self::part(0..length as u32, length, shadows)
    }

    /// The rows of `ordinary`, which see what is kept of the other positions below `length`.
    pub fn part(ordinary: Range<u32>, length: usize, shadows: &[Shadow]) -> Self {
        Self {
            ordinary,
            length: length as u32,
            shadows: shadows.iter().map(|shadow| shadow.position).collect(),
        }
    }

    /// Positions of the ordinary rows.
    pub fn ordinary(&self) -> Range<u32> {
        self.ordinary.clone()
    }

    /// Rows of the forward.
    pub fn rows(&self) -> usize {
        self.ordinary.len() + self.extra()
    }

    /// Slots that may be attended to.
    pub fn keys(&self) -> usize {
        let slots = self.length as usize + self.extra();
        match self.ordinary.len() == self.length as usize {
            true => slots,
            false => slots.next_multiple_of(SLOTS),
        }
    }

    /// Slots for a sequence of `length` with as many extra rows, however many of its rows are
    /// forwarded.
    pub fn capacity(length: usize, shadows: usize) -> usize {
        (length + shadows.next_multiple_of(GROUP)).next_multiple_of(SLOTS)
    }

    fn extra(&self) -> usize {
        self.shadows.len().next_multiple_of(GROUP)
    }

    /// A value for each row: of the ordinary ones, of each shadow, and of the rows that fill up.
    fn each(
        &self,
        ordinary: impl Fn(u32) -> u32,
        shadow: impl Fn(u32) -> u32,
        filler: u32,
    ) -> Vec<u32> {
        let mut values: Vec<u32> = self.ordinary.clone().map(ordinary).collect();
        values.extend(self.shadows.iter().map(|position| shadow(*position)));
        values.resize(self.rows(), filler);
        values
    }

    /// `[rows]`: the positions.
    pub fn positions(&self) -> Vec<u32> {
        self.each(|position| position, |position| position, 0)
    }

    /// `[rows]`: where each row's keys and values are kept.
    pub fn slots(&self) -> Vec<u32> {
        let behind = self.length..self.length + self.extra() as u32;
        self.ordinary.clone().chain(behind).collect()
    }

    /// `[rows]`: attention classes. A row sees its own class and the ones below.
    pub fn classes(&self, attention: Attention) -> Vec<u32> {
        let class = |position| attention.class_of(position);
        self.each(class, |_| u32::MAX - 1, u32::MAX)
    }

    /// `[keys]`: attention classes of the slots.
    pub fn key_classes(&self, attention: Attention) -> Vec<u32> {
        let mut classes: Vec<u32> = (0..self.length)
            .map(|position| attention.class_of(position))
            .collect();
        classes.extend(self.shadows.iter().map(|_| u32::MAX - 1));
        classes.resize(self.keys(), u32::MAX);
        classes
    }

    /// `[rows]`: the slot that each row does not see.
    pub fn blind(&self) -> Vec<u32> {
        self.each(|_| NO_TOKEN, |position| position, NO_TOKEN)
    }

    /// `[rows]`: the tokens, MASK in every extra row.
    pub fn tokens(&self, ids: &[u32], mask: u32) -> Vec<u32> {
        self.each(|position| ids[position as usize], |_| mask, mask)
    }

    /// `rows` by their place in the forward, then a record row for each shadow: the token at its
    /// position is the one to judge.
    pub fn record_rows(&self, rows: &[RecordRow], ids: &[u32], mask: u32) -> Vec<RecordRow> {
        let scale = rows.first().map_or(1.0, |row| row.scale);
        let placed = |row: &RecordRow| RecordRow {
            row: row.row - self.ordinary.start,
            ..*row
        };
        let shadows = (self.ordinary.len() as u32..).zip(&self.shadows);
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
        rows.iter().map(placed).chain(shadows).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_part_keep_their_positions_and_slots() {
        let part = Placement::part(4..7, 9, &[Shadow { position: 2 }]);
        assert_eq!((part.rows(), part.keys()), (3 + GROUP, SLOTS));
        assert_eq!(part.positions()[..4], [4, 5, 6, 2]);
        assert_eq!(part.slots()[..5], [4, 5, 6, 9, 10]);
        assert_eq!(part.slots().len(), part.rows());
        assert_eq!(
            part.classes(Attention::Causal)[..4],
            [4, 5, 6, u32::MAX - 1]
        );
        let keys = part.key_classes(Attention::Causal);
        assert_eq!(keys[7..11], [7, 8, u32::MAX - 1, u32::MAX]);
        assert_eq!(keys.len(), SLOTS);
        assert_eq!(part.blind()[2..5], [NO_TOKEN, 2, NO_TOKEN]);
    }

    #[test]
    fn a_whole_sequence_has_a_slot_a_row() {
        let whole = Placement::whole(5, &[]);
        assert_eq!((whole.rows(), whole.keys()), (5, 5));
        assert_eq!(whole.slots(), [0, 1, 2, 3, 4]);
        assert!(Placement::capacity(5, 1) >= Placement::whole(5, &[Shadow { position: 1 }]).keys());
    }
}
