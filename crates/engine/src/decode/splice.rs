//! A change of the canvas's length.

use serde::Serialize;

/// At position `at`, `removed` positions go and `inserted` tokens come in their place; what is
/// behind moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Splice {
    /// First absolute position that changes.
    pub at: u32,
    /// Positions that go. None of them may be pinned.
    pub removed: u32,
    /// Tokens that come; MASK is an open position. None of them is pinned.
    pub inserted: Vec<u32>,
}

impl Splice {
    /// Where a position that stays is afterwards; `None` for one that goes.
    #[must_use]
    pub fn moved(&self, position: u32) -> Option<u32> {
        if position < self.at {
            Some(position)
        } else if position < self.at + self.removed {
            None
        } else {
            Some(position - self.removed + self.inserted.len() as u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_behind_a_splice_move() {
        let splice = Splice {
            at: 2,
            removed: 1,
            inserted: vec![9, 9, 9],
        };
        let moved: Vec<Option<u32>> = (0..5).map(|position| splice.moved(position)).collect();
        assert_eq!(moved, [Some(0), Some(1), None, Some(5), Some(6)]);
    }
}
