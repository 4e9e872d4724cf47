//! Where each row of a forward is, and what it attends to.

use std::ops::Range;

use super::ask::{Branch, Reading, Shadow};
use super::cache::PAGE;
use crate::kernels::head_stats::{NO_TOKEN, RecordRow};
use crate::model::Attention;

/// Extra rows come in multiples of this, so that few shapes are compiled.
const GROUP: usize = 32;

/// Rows of branches come in multiples of this, for the same reason.
const BRANCH_GROUP: usize = 8;

/// Slots beyond the forwarded rows come in multiples of this, for the same reason.
pub const SLOTS: usize = PAGE;

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

    /// Leaves out what is behind `last`.
    pub fn end_at(&mut self, last: u32) {
        self.rows.retain(|row| *row <= last);
        self.sees.retain(|row| *row <= last);
    }
}

/// Which rows see which, by their positions: those whose class is not above their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classes {
    /// The model's.
    pub attention: Attention,
    /// What differs from it.
    pub reading: Reading,
}

impl Classes {
    fn class_of(self, position: u32) -> u32 {
        let own = |position| self.attention.class_of(position);
        match self.reading {
            Reading::CausalFrom(start) if position >= start => own(start) + (position - start),
            Reading::Own | Reading::CausalFrom(_) => own(position),
            Reading::CausalUntil(start) => position.min(start),
        }
    }
}

/// Rows that are no positions of the sequence.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra<'a> {
    /// Rows that stand in for positions.
    pub shadows: &'a [Shadow],
    /// Other continuations.
    pub branches: &'a [Branch],
}

/// Ordinary rows come first, shadows after them, then those of branches, then rows that nobody sees.
///
/// The slot of an ordinary row is its position, so that rows of earlier forwards are attended to
/// where they were left; extra rows have the slots behind the sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Ordinary rows and the slots of the sequence that are attended to.
    seen: Seen,
    /// Slots of the sequence: one behind the last position that is attended to.
    length: u32,
    /// Slots before those of the rows, which hold what was chosen of the sequence; where absent, the
    /// slot of a row is its position.
    chosen: Option<u32>,
    classes: Classes,
    /// Positions.
    shadows: Vec<u32>,
    /// The positions of each branch's own rows, ascending.
    branches: Vec<Vec<u32>>,
    /// Rows behind the ordinary ones: shadows, those of branches, and what fills up.
    extra: usize,
}

impl Placement {
    /// Every row of a sequence of `length`.
    pub fn whole(length: usize, extra: Extra, classes: Classes) -> Self {
        let seen = Seen::part(0..length as u32, length as u32);
        Self::new(seen, extra, classes, 1)
    }

    /// The rows of `seen`, their number filled up to a multiple of `group`.
    pub fn new(seen: Seen, extra: Extra, classes: Classes, group: usize) -> Self {
        let rows = seen.rows.len();
        let is_whole = rows == seen.sees.len();
        let filler = if is_whole {
            0
        } else {
            rows.next_multiple_of(group) - rows
        };
        let shadows = extra.shadows.iter().map(|shadow| shadow.position);
        let branches = extra.branches.iter();
        let branches: Vec<Vec<u32>> = branches
            .map(|branch| own_rows(branch, &seen.rows, classes))
            .collect();
        let branch_rows: usize = branches.iter().map(Vec::len).sum();
        Self {
            length: seen.sees.last().map_or(0, |last| last + 1),
            chosen: None,
            classes,
            shadows: shadows.collect(),
            branches,
            extra: extra.shadows.len().next_multiple_of(GROUP)
                + branch_rows.next_multiple_of(BRANCH_GROUP)
                + filler,
            seen,
        }
    }

    /// Rows that all see each other and `chosen` slots before their own.
    pub fn behind(chosen: usize, rows: Vec<u32>, group: usize) -> Self {
        let classes = Classes {
            attention: Attention::Full,
            reading: Reading::Own,
        };
        let filler = rows.len().next_multiple_of(group) - rows.len();
        let seen = Seen {
            sees: rows.clone(),
            rows,
        };
        Self {
            chosen: Some(chosen as u32),
            extra: filler,
            ..Self::new(seen, Extra::default(), classes, 1)
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
        if let Some(chosen) = self.chosen {
            return chosen as usize + self.rows();
        }
        let slots = self.length as usize + self.extra;
        match self.seen.rows.len() == self.length as usize {
            true => slots,
            false => slots.next_multiple_of(SLOTS),
        }
    }

    /// Positions that rotations are needed for, from the first on.
    pub fn turns(&self) -> usize {
        match self.chosen {
            Some(_) => (self.length as usize).next_multiple_of(SLOTS),
            None => self.keys(),
        }
    }

    /// Slots for a sequence of `length` with as many extra rows, however many of its rows are
    /// forwarded.
    pub fn capacity(&self, length: usize) -> usize {
        let shadows = self.shadows.len().next_multiple_of(GROUP);
        let branches = self.branches.iter().map(Vec::len).sum::<usize>();
        let extra = shadows + branches.next_multiple_of(SLOTS);
        (length + extra + GROUP).next_multiple_of(SLOTS)
    }

    /// Whether the sequence has other continuations.
    pub fn is_branched(&self) -> bool {
        !self.branches.is_empty()
    }

    /// A value for each row: of the ordinary ones, of each shadow, of those of branches as if they
    /// were ordinary, and of the rows that fill up.
    fn each(
        &self,
        ordinary: impl Fn(u32) -> u32,
        shadow: impl Fn(u32) -> u32,
        filler: u32,
    ) -> Vec<u32> {
        let own = self.branches.iter().flatten().map(|row| ordinary(*row));
        let mut values: Vec<u32> = self.seen.rows.iter().map(|row| ordinary(*row)).collect();
        values.extend(self.shadows.iter().map(|position| shadow(*position)));
        values.extend(own);
        values.resize(self.rows(), filler);
        values
    }

    /// `[rows]`: the positions.
    pub fn positions(&self) -> Vec<u32> {
        self.each(|position| position, |position| position, 0)
    }

    /// `[rows]`: where each row's keys and values are kept.
    pub fn slots(&self) -> Vec<u32> {
        if let Some(chosen) = self.chosen {
            return (chosen..chosen + self.rows() as u32).collect();
        }
        let behind = self.length..self.length + self.extra as u32;
        self.seen.rows.iter().copied().chain(behind).collect()
    }

    /// `[rows]`: attention classes. A row sees its own class and the ones below.
    pub fn classes(&self) -> Vec<u32> {
        let class = |position| self.classes.class_of(position);
        self.each(class, |_| u32::MAX - 1, u32::MAX)
    }

    /// `[keys]`: attention classes of the slots; those of positions that are not attended to are
    /// above every row's.
    pub fn key_classes(&self) -> Vec<u32> {
        if let Some(chosen) = self.chosen {
            let seen = chosen as usize + self.seen.rows.len();
            let mut classes = vec![self.classes.class_of(0); seen];
            classes.resize(self.keys(), u32::MAX);
            return classes;
        }
        let mut classes = vec![u32::MAX; self.length as usize];
        for &position in &self.seen.sees {
            classes[position as usize] = self.classes.class_of(position);
        }
        classes.extend(self.shadows.iter().map(|_| u32::MAX - 1));
        let own = self.branches.iter().flatten();
        classes.extend(own.map(|position| self.classes.class_of(*position)));
        classes.resize(self.keys(), u32::MAX);
        classes
    }

    /// `[keys]`: the position of each slot; of those that nobody sees, any.
    pub fn key_positions(&self) -> Vec<u32> {
        let mut positions: Vec<u32> = (0..self.length).collect();
        positions.extend(&self.shadows);
        positions.extend(self.branches.iter().flatten());
        positions.resize(self.keys(), 0);
        positions
    }

    /// `[rows, 2]`: the position of each row, and its branch as a bit; the first one is the sequence.
    pub fn row_branches(&self) -> Vec<u32> {
        let mut bits = vec![TRUNK; self.seen.rows.len() + self.shadows.len()];
        bits.extend(self.own_bits());
        bits.resize(self.rows(), TRUNK);
        pairs(self.positions(), bits)
    }

    /// `[keys, 2]`: the position of each slot, and the branches that it is open to. What a branch has
    /// a row of its own for is closed to it.
    pub fn key_branches(&self) -> Vec<u32> {
        let mut bits = vec![u32::MAX; self.length as usize];
        for (branch, rows) in (1..).zip(&self.branches) {
            for &row in rows {
                bits[row as usize] &= !(TRUNK << branch);
            }
        }
        bits.extend(self.shadows.iter().map(|_| TRUNK));
        bits.extend(self.own_bits());
        bits.resize(self.keys(), 0);
        pairs(self.key_positions(), bits)
    }

    /// The branch of each row that is a branch's own.
    fn own_bits(&self) -> impl Iterator<Item = u32> {
        let branches = (1..).zip(&self.branches);
        branches.flat_map(|(branch, rows)| rows.iter().map(move |_| TRUNK << branch))
    }

    /// `[rows]`: the slot that each row does not see.
    pub fn blind(&self) -> Vec<u32> {
        self.each(|_| NO_TOKEN, |position| position, NO_TOKEN)
    }

    /// `[rows]`: the tokens, those of `branches` in their own rows, MASK in every other extra row.
    pub fn tokens(&self, ids: &[u32], mask: u32, branches: &[Branch]) -> Vec<u32> {
        let mut tokens = self.each(|position| ids[position as usize], |_| mask, mask);
        for (first, (rows, branch)) in self.first_rows().zip(self.branches.iter().zip(branches)) {
            for &(position, id) in &branch.tokens {
                if let Ok(row) = rows.binary_search(&position) {
                    tokens[first + row] = id;
                }
            }
        }
        tokens
    }

    /// Where in the forward the rows of each branch begin.
    fn first_rows(&self) -> impl Iterator<Item = usize> {
        let first = self.seen.rows.len() + self.shadows.len();
        self.branches.iter().scan(first, |next, rows| {
            let first = *next;
            *next += rows.len();
            Some(first)
        })
    }

    /// `rows` by their place in the forward, then a record row for each of `extra`'s shadows, where
    /// the token at its position is the one to judge, then the rows of each of its branches.
    pub fn record_rows(
        &self,
        rows: &[RecordRow],
        branches: &[Branch],
        (ids, mask): (&[u32], u32),
    ) -> Vec<RecordRow> {
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
        let own = self.first_rows().zip(self.branches.iter().zip(branches));
        let own = own.flat_map(|(first, (rows, branch))| {
            branch.rows.iter().map(move |row| RecordRow {
                row: match rows.binary_search(&row.row) {
                    Ok(own) => (first + own) as u32,
                    // What the branch shares with the sequence says the same in both.
                    Err(_) => place(row.row),
                },
                ..*row
            })
        });
        let rows = rows.iter().map(placed).chain(shadows);
        rows.chain(own).collect()
    }
}

/// The bit of the sequence itself.
const TRUNK: u32 = 1;

/// The rows of `forwarded` that a branch needs of its own: those that see one of its tokens, as far
/// as its records see. It shares the others with the sequence.
fn own_rows(branch: &Branch, forwarded: &[u32], classes: Classes) -> Vec<u32> {
    let changed = branch.tokens.iter().map(|(at, _)| classes.class_of(*at));
    let read = branch.rows.iter().map(|row| classes.class_of(row.row));
    let (Some(first), Some(last)) = (changed.min(), read.max()) else {
        return Vec::new();
    };
    let differs = |row: &u32| (first..=last).contains(&classes.class_of(*row));
    forwarded.iter().copied().filter(differs).collect()
}

fn pairs(positions: Vec<u32>, bits: Vec<u32>) -> Vec<u32> {
    let pairs = positions.into_iter().zip(bits);
    pairs
        .flat_map(|(position, bits)| [position, bits])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Classes = Classes {
        attention: Attention::Full,
        reading: Reading::Own,
    };
    const CAUSAL: Classes = Classes {
        attention: Attention::Causal,
        ..FULL
    };
    const BLOCKS: Classes = Classes {
        attention: Attention::BlockCausal(4),
        ..FULL
    };

    fn record(row: u32) -> RecordRow {
        RecordRow {
            row,
            ..bytemuck::Zeroable::zeroed()
        }
    }

    /// Token 77 at `positions`, with records of `rows`.
    fn branch(positions: &[u32], rows: &[u32]) -> Branch {
        Branch {
            tokens: positions.iter().map(|position| (*position, 77)).collect(),
            rows: rows.iter().copied().map(record).collect(),
        }
    }

    #[test]
    fn rows_of_a_part_keep_their_positions_and_slots() {
        let shadow = Extra {
            shadows: &[Shadow { position: 2 }],
            ..Extra::default()
        };
        let part = Placement::new(Seen::part(4..7, 9), shadow, CAUSAL, 1);
        assert_eq!((part.rows(), part.keys()), (3 + GROUP, SLOTS));
        assert_eq!(part.positions()[..4], [4, 5, 6, 2]);
        assert_eq!(part.slots()[..5], [4, 5, 6, 9, 10]);
        assert_eq!(part.slots().len(), part.rows());
        assert_eq!(part.classes()[..4], [4, 5, 6, u32::MAX - 1]);
        let keys = part.key_classes();
        assert_eq!(keys[7..11], [7, 8, u32::MAX - 1, u32::MAX]);
        assert_eq!(keys.len(), SLOTS);
        assert_eq!(part.key_positions()[7..11], [7, 8, 2, 0]);
        assert_eq!(part.key_positions().len(), SLOTS);
        assert_eq!(part.blind()[2..5], [NO_TOKEN, 2, NO_TOKEN]);
    }

    #[test]
    fn a_whole_sequence_has_a_slot_a_row() {
        let whole = Placement::whole(5, Extra::default(), FULL);
        assert_eq!((whole.rows(), whole.keys()), (5, 5));
        assert_eq!(whole.slots(), [0, 1, 2, 3, 4]);
        let extra = Extra {
            shadows: &[Shadow { position: 1 }],
            branches: &[branch(&[1], &[1]), branch(&[2], &[2])],
        };
        let whole = Placement::whole(5, extra, FULL);
        assert!(whole.capacity(5) >= whole.keys());
    }

    #[test]
    fn positions_that_are_not_attended_to_are_above_every_class() {
        let seen = Seen {
            rows: vec![2, 5],
            sees: vec![0, 2, 5],
        };
        let placement = Placement::new(seen, Extra::default(), FULL, 4);
        assert_eq!(placement.rows(), 4);
        assert_eq!(placement.positions(), [2, 5, 0, 0]);
        assert_eq!(placement.slots(), [2, 5, 6, 7]);
        let keys = placement.key_classes();
        let hidden = u32::MAX;
        assert_eq!(keys[..7], [0, hidden, 0, hidden, hidden, 0, hidden]);
        let placed = placement.record_rows(&[record(5)], &[], (&[0; 6], 1));
        assert_eq!(placed[0].row, 1);
    }

    #[test]
    fn a_branch_has_rows_of_its_own_for_what_it_changes() {
        let branches = [branch(&[5], &[4, 6]), branch(&[6, 7], &[9])];
        let extra = Extra {
            shadows: &[],
            branches: &branches,
        };
        // Blocks 0..4, 4..8, 8..12; what was forwarded before it keeps.
        let seen = Seen::part(4..12, 12);
        let placement = Placement::new(seen, extra, BLOCKS, 8);
        let own = [4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11];
        assert_eq!(placement.rows(), 8 + 16);
        assert_eq!(placement.positions()[8..20], own);
        assert_eq!(placement.slots()[8..20], (12..24).collect::<Vec<u32>>());
        assert_eq!(placement.classes()[8..20], own.map(|position| position / 4));
        let ids: Vec<u32> = (100..112).collect();
        let tokens = placement.tokens(&ids, 1, &branches);
        assert_eq!(tokens[8..14], [104, 77, 106, 107, 104, 105]);
        assert_eq!(tokens[14..18], [77, 77, 108, 109]);
        let records = placement.record_rows(&[record(6)], &branches, (&ids, 1));
        let rows: Vec<u32> = records.iter().map(|record| record.row).collect();
        assert_eq!(rows, [2, 8, 10, 17]);
    }

    #[test]
    fn a_block_may_be_read_one_by_one() {
        let seen = Seen::part(4..7, 7);
        let classes = Classes {
            reading: Reading::CausalFrom(4),
            ..BLOCKS
        };
        let branches = [branch(&[5], &[5])];
        let extra = Extra {
            shadows: &[],
            branches: &branches,
        };
        let placement = Placement::new(seen, extra, classes, 8);
        assert_eq!(placement.positions()[3..4], [5], "no other row is read");
        assert_eq!(placement.classes()[..4], [1, 2, 3, 2]);
        assert_eq!(placement.key_classes()[..8], [0, 0, 0, 0, 1, 2, 3, 2]);
    }

    #[test]
    fn a_block_may_be_read_behind_a_causal_context() {
        let classes = |reading| {
            let classes = Classes { reading, ..BLOCKS };
            Placement::whole(6, Extra::default(), classes).classes()
        };
        assert_eq!(classes(Reading::CausalUntil(3)), [0, 1, 2, 3, 3, 3]);
        assert_eq!(classes(Reading::CAUSAL), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_slot_is_open_to_the_branches_that_have_no_row_of_their_own_for_it() {
        let branches = [branch(&[2], &[2]), branch(&[1], &[2, 0])];
        let extra = Extra {
            shadows: &[Shadow { position: 0 }],
            branches: &branches,
        };
        let placement = Placement::whole(4, extra, CAUSAL);
        let bits = |words: Vec<u32>| -> Vec<u32> { words.chunks(2).map(|pair| pair[1]).collect() };
        let rows = bits(placement.row_branches());
        assert_eq!(rows[..9], [1, 1, 1, 1, 1, 2, 4, 4, 1]);
        let keys = bits(placement.key_branches());
        assert_eq!(keys[..4], [!0, !4, !6, !0]);
        assert_eq!(keys[4..8], [1, 2, 4, 4]);
        assert!(keys[8..].iter().all(|open| *open == 0));
    }
}
