//! Where each row of a forward is, and what it attends to.

use std::ops::Range;

use super::ask::Shadow;
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::model::Attention;

/// Extra rows come in multiples of this, so that few shapes are compiled.
const GROUP: usize = 32;

/// Slots beyond the forwarded rows come in multiples of this, for the same reason.
const SLOTS: usize = 64;

/// Positions that are forwarded and positions that may be attended to, both ascending; the former
/// are among the latter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Forwarded.
    pub rows: Vec<u32>,
    /// Attended to.
    pub sees: Vec<u32>,
}

impl Seen {
    /// The rows of a range, which see all positions below `length`.
    pub fn part(rows: Range<u32>, length: u32) -> Self {
        Self {
            rows: rows.collect(),
            sees: (0..length).collect(),
        }
    }
}

/// Ordinary rows come first, shadows after them, then rows that nobody sees.
///
/// The slot of an ordinary row is its position, so that rows of earlier forwards are attended to
/// where they were left; extra rows have the slots behind the sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Ordinary rows and the slots of the sequence that are attended to.
    seen: Seen,
    /// Slots of the sequence: one behind the last position that is attended to.
    length: u32,
    /// Positions.
    shadows: Vec<u32>,
    /// Rows behind the ordinary ones: shadows, and what fills up.
    extra: usize,
}

impl Placement {
    /// Every row of a sequence of `length`.
    pub fn whole(length: usize, shadows: &[Shadow]) -> Self {
        Self::new(Seen::part(0..length as u32, length as u32), shadows, 1)
    }

    /// The rows of `seen`, their number filled up to a multiple of `group`.
    pub fn new(seen: Seen, shadows: &[Shadow], group: usize) -> Self {
        let rows = seen.rows.len();
        let is_whole = rows == seen.sees.len();
        let filler = if is_whole {
            0
        } else {
            rows.next_multiple_of(group) - rows
        };
        Self {
            length: seen.sees.last().map_or(0, |last| last + 1),
            shadows: shadows.iter().map(|shadow| shadow.position).collect(),
            extra: shadows.len().next_multiple_of(GROUP) + filler,
            seen,
        }
    }

    /// Ordinary rows and what is attended to.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Rows of the forward.
    pub fn rows(&self) -> usize {
        self.seen.rows.len() + self.extra
    }

    /// Slots that may be attended to.
    pub fn keys(&self) -> usize {
        let slots = self.length as usize + self.extra;
        match self.seen.rows.len() == self.length as usize {
            true => slots,
            false => slots.next_multiple_of(SLOTS),
        }
    }

    /// Slots for a sequence of `length` with as many extra rows, however many of its rows are
    /// forwarded.
    pub fn capacity(length: usize, shadows: usize) -> usize {
        (length + shadows.next_multiple_of(GROUP) + GROUP).next_multiple_of(SLOTS)
    }

    /// A value for each row: of the ordinary ones, of each shadow, and of the rows that fill up.
    fn each(
        &self,
        ordinary: impl Fn(u32) -> u32,
        shadow: impl Fn(u32) -> u32,
        filler: u32,
    ) -> Vec<u32> {
        let mut values: Vec<u32> = self.seen.rows.iter().copied().map(ordinary).collect();
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
        let behind = self.length..self.length + self.extra as u32;
        self.seen.rows.iter().copied().chain(behind).collect()
    }

    /// `[rows]`: attention classes. A row sees its own class and the ones below.
    pub fn classes(&self, attention: Attention) -> Vec<u32> {
        let class = |position| attention.class_of(position);
        self.each(class, |_| u32::MAX - 1, u32::MAX)
    }

    /// `[keys]`: attention classes of the slots; those of positions that are not attended to are
    /// above every row's.
    pub fn key_classes(&self, attention: Attention) -> Vec<u32> {
        let mut classes = vec![u32::MAX; self.length as usize];
        for &position in &self.seen.sees {
            classes[position as usize] = attention.class_of(position);
        }
        classes.extend(self.shadows.iter().map(|_| u32::MAX - 1));
        classes.resize(self.keys(), u32::MAX);
        classes
    }

    /// `[keys]`: the position of each slot; of those that nobody sees, any.
    pub fn key_positions(&self) -> Vec<u32> {
        let mut positions: Vec<u32> = (0..self.length).collect();
        positions.extend(&self.shadows);
        positions.resize(self.keys(), 0);
        positions
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
        let place = |row: u32| self.seen.rows.partition_point(|position| *position < row) as u32;
        let placed = |row: &RecordRow| RecordRow {
            row: place(row.row),
            ..*row
        };
        let shadows = (self.seen.rows.len() as u32..).zip(&self.shadows);
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
        let part = Placement::new(Seen::part(4..7, 9), &[Shadow { position: 2 }], 1);
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
        assert_eq!(part.key_positions()[7..11], [7, 8, 2, 0]);
        assert_eq!(part.key_positions().len(), SLOTS);
        assert_eq!(part.blind()[2..5], [NO_TOKEN, 2, NO_TOKEN]);
    }

    #[test]
    fn a_whole_sequence_has_a_slot_a_row() {
        let whole = Placement::whole(5, &[]);
        assert_eq!((whole.rows(), whole.keys()), (5, 5));
        assert_eq!(whole.slots(), [0, 1, 2, 3, 4]);
        assert!(Placement::capacity(5, 1) >= Placement::whole(5, &[Shadow { position: 1 }]).keys());
    }

    #[test]
    fn positions_that_are_not_attended_to_are_above_every_class() {
        let seen = Seen {
            rows: vec![2, 5],
            sees: vec![0, 2, 5],
        };
        let placement = Placement::new(seen, &[], 4);
        assert_eq!(placement.rows(), 4);
        assert_eq!(placement.positions(), [2, 5, 0, 0]);
        assert_eq!(placement.slots(), [2, 5, 6, 7]);
        let keys = placement.key_classes(Attention::Full);
        let hidden = u32::MAX;
        assert_eq!(keys[..7], [0, hidden, 0, hidden, hidden, 0, hidden]);
        let row = RecordRow {
            row: 5,
            ..bytemuck::Zeroable::zeroed()
        };
        let placed = placement.record_rows(&[row], &[0; 6], 1);
        assert_eq!(placed[0].row, 1);
    }
}
