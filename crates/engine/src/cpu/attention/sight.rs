//! Who sees whom.

use std::ops::Range;

use unmask_simd::Lanes;

use super::KEYS;
use crate::kernels::LOWEST;
use crate::kernels::attention::Attention;
use crate::reference::{HostMemory, Reach};

/// What rows see of the slots.
pub struct Sight<'a> {
    classes: &'a [u32],
    key_classes: &'a [u32],
    blind: &'a [u32],
    /// What is not seen although its class allows it.
    reach: Option<Reach<'a>>,
    /// Of every tile of slots: the least class and the largest.
    tiles: Vec<[u32; 2]>,
}

impl<'a> Sight<'a> {
    /// Of the rows and slots of a call.
    pub fn of(call: &Attention, memory: &'a HostMemory) -> Self {
        let key_classes = &memory.words(call.key_classes)[..call.params.keys as usize];
        let tiles = key_classes.chunks(KEYS).map(bounds);
        Self {
            classes: memory.words(call.classes),
            key_classes,
            blind: memory.words(call.blind),
            reach: call.sight.map(|_| Reach::of(call, memory)),
            tiles: tiles.collect(),
        }
    }

    /// The least class and the largest of some rows.
    pub fn classes(&self, rows: &[usize]) -> [u32; 2] {
        let classes: Vec<u32> = rows.iter().map(|row| self.classes[*row]).collect();
        bounds(&classes)
    }

    /// Whether rows of these classes see nothing of a tile.
    pub fn is_hidden(&self, [_, most]: [u32; 2], tile: usize) -> bool {
        self.tiles[tile][0] > most
    }

    /// Whether every one of `rows`, of these classes, sees all of `slots`, which are a tile.
    fn is_clear(&self, rows: &[usize], [least, _]: [u32; 2], slots: &Range<usize>) -> bool {
        let is_blind = |row: &usize| slots.contains(&(self.blind[*row] as usize));
        self.reach.is_none()
            && self.tiles[slots.start / KEYS][1] <= least
            && !rows.iter().any(is_blind)
    }

    fn sees(&self, row: usize, slot: usize) -> bool {
        self.key_classes[slot] <= self.classes[row]
            && slot as u32 != self.blind[row]
            && (self.reach.as_ref()).is_none_or(|reach| reach.covers(row, slot))
    }

    /// Lowers the scores of slots of a tile that rows, one a lane, of these classes do not see.
    pub fn hide(
        &self,
        rows: &[usize],
        classes: [u32; 2],
        slots: Range<usize>,
        scores: &mut [Lanes],
    ) {
        if self.is_clear(rows, classes, &slots) {
            return;
        }
        for (slot, scores) in slots.zip(scores) {
            for (row, score) in rows.iter().zip(scores) {
                if !self.sees(*row, slot) {
                    *score = LOWEST;
                }
            }
        }
    }
}

/// The least and the largest.
fn bounds(classes: &[u32]) -> [u32; 2] {
    let least = classes.iter().copied().fold(u32::MAX, u32::min);
    [least, classes.iter().copied().fold(0, u32::max)]
}
