//! Backtracking: the tokens that lost most are opened again (Saber).

use super::super::select::saber::FLOOR;
use super::{Commit, Method, Revise, RowScope, Splice, Step, reopen, weakest, written};
use crate::sorted_map::SortedMap;

pub(super) const METHOD: Method<dyn Revise> = Method {
    name: "saber",
    doc: "Opens the few written positions at which the network became less sure since the forward before, always fewer than the step commits. Meant to go with the select method of the same name.",
    source: "Saber, zhaoyMa/Saber",
    parameters: &[FLOOR],
    build: |values, _| Ok(Box::new(Saber::new(values.count("floor")))),
};

/// While masks remain up to the block's end, opens `min(max(floor(n / 2), ceil(a / 8)), a - 1)`
/// positions, where the step commits `a` tokens and `n` is the floor of the select piece: those
/// whose proposal lost most confidence since the forward before, of equals the lower position
/// (`generate_with_saber`, zhaoyMa/Saber). As there, it is the confidence of what the network
/// would propose at the position, whether or not it holds that token.
///
/// The published code may also take back what the same step commits, which is a smaller commit,
/// and tokens of earlier blocks; here both stay. Less than the step's commits is opened, so a run
/// has no more forwards than masks.
pub struct Saber {
    floor: u32,
    last: SortedMap<u32, f32>,
}

impl Saber {
    /// `floor` is the number of tokens that the select piece commits at least.
    #[must_use]
    pub fn new(floor: u32) -> Self {
        Self {
            floor,
            last: SortedMap::new(),
        }
    }

    fn count(&self, committed: &[Commit], step: &Step) -> usize {
        let end = step.block.end;
        let masks = step.canvas.masked_in(0..end).count();
        let filled = committed
            .iter()
            .filter(|commit| commit.position < end)
            .count();
        if masks == filled {
            return 0;
        }
        let accepted = committed.len();
        let wanted = (self.floor as usize / 2).max(accepted.div_ceil(8));
        wanted.min(accepted.saturating_sub(1))
    }
}

impl Revise for Saber {
    fn budget(&self) -> u32 {
        0
    }

    fn scope(&self) -> RowScope {
        RowScope::Block
    }

    fn revise(&mut self, committed: &[Commit], step: &Step) -> Vec<Commit> {
        let now = step
            .rows
            .iter()
            .map(|row| (row.position, row.commit().confidence));
        let now: SortedMap<u32, f32> = now.collect();
        let last = std::mem::take(&mut self.last);
        let change = |position| Some((position, now.get(&position)? - last.get(&position)?));
        let changes = written(step.canvas, &step.block)
            .filter_map(change)
            .collect();
        let dropped = weakest(changes, self.count(committed, step));
        self.last = now;
        reopen(dropped, step.canvas)
    }

    fn spliced(&mut self, splice: &Splice) {
        let moved = |(&position, &confidence)| Some((splice.moved(position)?, confidence));
        self.last = self.last.iter().filter_map(moved).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Scene, committed, positions};
    use super::*;

    /// Two forwards over `before.len()` written positions and 9 open ones, of which the second
    /// commits `accepted`.
    fn revise(floor: u32, before: &[f32], now: &[f32], accepted: u32) -> Vec<u32> {
        let mut saber = Saber::new(floor);
        let count = before.len() as u32;
        let scene = Scene::new(count, 9).proposed(before);
        assert_eq!(saber.revise(&[], &scene.step()), [], "no commit: none");
        let scene = Scene::new(count, 9).proposed(now);
        positions(&saber.revise(&committed(count, accepted), &scene.step()))
    }

    #[test]
    fn the_biggest_losers_are_opened() {
        let before = [0.9, 0.9, 0.5, 0.5];
        assert_eq!(revise(2, &before, &[0.8, 0.3, 0.5, 0.9], 2), [1]);
        assert_eq!(revise(4, &before, &[0.8, 0.3, 0.5, 0.9], 5), [0, 1]);
        assert_eq!(revise(2, &before, &before, 2), [0], "of equals the lower");
        assert_eq!(revise(2, &[], &[], 2), [0; 0], "nothing written");
    }

    #[test]
    fn fewer_than_the_commits_and_none_at_the_end() {
        let before = [0.9; 4];
        assert_eq!(revise(8, &before, &before, 1), [0; 0]);
        assert_eq!(revise(8, &before, &before, 3), [0, 1]);
        assert_eq!(revise(1, &before, &before, 8), [0], "an eighth");
        assert_eq!(revise(2, &before, &before, 9), [0; 0], "no mask remains");
    }

    #[test]
    fn without_a_forward_before_nothing_is_known() {
        let scene = Scene::new(3, 9).proposed(&[0.5; 3]);
        let mut saber = Saber::new(2);
        assert_eq!(saber.revise(&committed(3, 4), &scene.step()), []);
        saber.spliced(&Splice {
            at: 0,
            removed: 3,
            inserted: vec![1, 1, 1],
        });
        assert_eq!(
            saber.revise(&committed(3, 4), &scene.step()),
            [],
            "they went"
        );
        let pinned = Scene::pinned();
        saber.revise(&[], &pinned.step());
        assert_eq!(
            saber.revise(&committed(3, 4), &pinned.step()),
            [],
            "pins stay"
        );
    }
}
