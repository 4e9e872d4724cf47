//! The runs that a driver makes of one request.

use serde::Serialize;

/// What distinguishes one run of a request from its others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Path {
    /// Positions of a block; absent: the whole canvas is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<u32>,
    /// Seed of its noise.
    pub seed: u64,
}

impl Path {
    /// Every block length under each of `seeds` seeds from `seed` on: all lengths with the first
    /// seed, then all with the next, so that the first paths differ the most.
    #[must_use]
    pub fn schedule(blocks: &[Option<u32>], seed: u64, seeds: u32) -> Vec<Self> {
        let seeds = (0..seeds).map(|number| seed.wrapping_add(number.into()));
        let under = |seed| blocks.iter().map(move |&block| Self { block, seed });
        seeds.flat_map(under).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_lengths_alternate_before_seeds_do() {
        let told = |blocks: &[Option<u32>], seed, seeds| -> Vec<(Option<u32>, u64)> {
            let paths = Path::schedule(blocks, seed, seeds);
            paths.iter().map(|path| (path.block, path.seed)).collect()
        };
        let blocks = [Some(8), Some(16)];
        let four = [(8, 5), (16, 5), (8, 6), (16, 6)].map(|(b, s)| (Some(b), s));
        assert_eq!(told(&blocks, 5, 2), four);
        assert_eq!(told(&[None], u64::MAX, 2), [(None, u64::MAX), (None, 0)]);
        assert_eq!(told(&[], 0, 3), []);
        assert_eq!(told(&blocks, 0, 0), []);
    }
}
