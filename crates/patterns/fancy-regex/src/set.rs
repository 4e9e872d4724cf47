//! Sets of characters.

use std::sync::Arc;

/// The last code point.
const LAST: u32 = char::MAX as u32;

/// Characters. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// The first 128 once more, as bits: most text is made of them.
    ascii: u128,
    /// Code points, both included, ascending, with a gap between two. Surrogates mean nothing.
    ranges: Arc<[(u32, u32)]>,
}

impl Set {
    /// The characters of some ranges, both ends included, in any order.
    pub fn of(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (from, to) in ranges {
            match merged.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        let mut set = Self {
            ascii: 0,
            ranges: merged.into(),
        };
        let ascii = (0..128).filter(|&code| set.is_in_ranges(code));
        set.ascii = ascii.fold(0, |bits, code| bits | 1 << code);
        set
    }

    /// The characters from one to another.
    pub fn range(from: char, to: char) -> Self {
        Self::of(vec![(from.into(), to.into())])
    }

    /// Whether `c` is one of them.
    pub fn holds(&self, c: char) -> bool {
        match c.is_ascii() {
            true => self.ascii >> u32::from(c) & 1 == 1,
            false => self.is_in_ranges(c.into()),
        }
    }

    fn is_in_ranges(&self, code: u32) -> bool {
        let after = self.ranges.partition_point(|&(from, _)| from <= code);
        after > 0 && code <= self.ranges[after - 1].1
    }

    /// All others.
    pub fn negated(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = 0;
        for &(from, to) in self.ranges.iter() {
            if next < from {
                gaps.push((next, from - 1));
            }
            next = to + 1;
        }
        if next <= LAST {
            gaps.push((next, LAST));
        }
        Self::of(gaps)
    }

    /// Those of either.
    pub fn or(&self, other: &Self) -> Self {
        Self::of([&*self.ranges, &*other.ranges].concat())
    }

    /// Those of both.
    pub fn and(&self, other: &Self) -> Self {
        self.negated().or(&other.negated()).negated()
    }

    /// Those of this one only.
    pub fn without(&self, other: &Self) -> Self {
        self.and(&other.negated())
    }

    /// With the upper and lower case of each, by the simple case folding of Unicode.
    pub fn in_any_case(&self) -> Self {
        let others = crate::case::groups()
            .filter(|group| group.iter().any(|&(_, c)| self.holds(c)))
            .flatten()
            .map(|&(_, c)| (c.into(), c.into()));
        self.or(&Self::of(others.collect()))
    }
}
