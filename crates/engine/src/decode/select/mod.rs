//! Which proposals a step commits.
//!
//! Rules of order, for every member: candidates rank by confidence, highest first; of equals
//! the lower position wins. Whether a threshold itself passes is said by each member.

pub mod budget;
mod certainty_prior;
mod chance;
mod credit;
mod dream;
mod dynamic;
mod entropy;
mod entropy_bound;
mod even_split;
mod factor;
mod freedave;
mod hierarchical;
mod jacobi;
mod klass;
mod learn2pd;
pub mod learned;
mod linear_spec;
mod local_leap;
mod lopa;
pub(super) mod p2;
mod pc_sampler;
mod per_block;
mod random;
pub(super) mod running_confidence;
mod s2d2;
pub(super) mod saber;
mod slow_fast;
mod static_split;
mod threshold;
mod unmasking_policy;
mod wide;

pub use certainty_prior::CertaintyPrior;
pub use credit::{Credit, CreditDecoding};
pub use dream::{Dream, DreamOrder, Schedule as DreamSchedule};
pub use dynamic::Dynamic;
pub use entropy::Entropy;
pub use entropy_bound::{BoundOrder, EntropyBound};
pub use even_split::EvenSplit;
pub use factor::Factor;
pub use freedave::FreeDave;
pub use hierarchical::Hierarchical;
pub use jacobi::Jacobi;
pub use klass::Klass;
pub use learn2pd::Learn2Pd;
pub use linear_spec::LinearSpeculation;
pub use local_leap::LocalLeap;
pub use lopa::Lopa;
pub use p2::PathPlanning;
pub use pc_sampler::{Frequencies, PcSampler};
pub use random::Random;
pub use running_confidence::RunningConfidence;
pub use s2d2::{SelfSpeculation, Settings as SelfSpeculationSettings};
pub use saber::SaberThreshold;
pub use slow_fast::SlowFast;
pub use static_split::StaticSplit;
pub use threshold::Threshold;
pub use unmasking_policy::{Rule as PolicyRule, UnmaskingPolicy};
pub use wide::Wide;

use super::method::{Method, shipped};
use super::pace::rank;
use super::{Block, Canvas, Commit, GATHER, NO_TOKEN, Reading, Row, RowScope, Rule, Splice, Step};
use crate::order;

/// Every select method: the everyday ones first, then by what they look at.
pub const METHODS: &[Method<dyn Select>] = &shipped([
    threshold::METHOD,
    even_split::METHOD,
    random::METHOD,
    dream::METHOD,
    static_split::METHOD,
    dynamic::METHOD,
    factor::METHOD,
    local_leap::METHOD,
    hierarchical::METHOD,
    wide::METHOD,
    slow_fast::METHOD,
    entropy::METHOD,
    entropy_bound::METHOD,
    credit::METHOD,
    klass::METHOD,
    learn2pd::METHOD,
    unmasking_policy::METHOD,
    pc_sampler::METHOD,
    certainty_prior::METHOD,
    saber::METHOD,
    p2::METHOD,
    running_confidence::METHOD,
    jacobi::METHOD,
    freedave::METHOD,
    lopa::METHOD,
    s2d2::METHOD,
    linear_spec::METHOD,
]);

/// Chooses among the eligible rows.
pub trait Select {
    /// Rows it needs a record of, beside the eligible ones.
    fn scope(&self) -> RowScope {
        RowScope::Eligible
    }

    /// Whether it reads [`Row::gathered`], the logits of the ids that [`Select::gather`] names.
    fn gathers(&self) -> bool {
        false
    }

    /// The ids whose logits it wants at `position`; unused entries are [`NO_TOKEN`].
    fn gather(&self, _position: u32) -> [u32; GATHER] {
        [NO_TOKEN; GATHER]
    }

    /// Whether it reads [`Row::kl`].
    fn compares(&self) -> bool {
        false
    }

    /// Positions behind the open block that it decides about too; 0 for models that are not causal.
    fn ahead(&self) -> u32 {
        0
    }

    /// Tokens that the network is shown in place of masks in the next forward, by ascending
    /// position: part of `eligible`, the open positions (ascending).
    fn guesses(&self, _canvas: &Canvas, _eligible: &[u32]) -> Vec<(u32, u32)> {
        Vec::new()
    }

    /// How the canvas might go on in `block`: continuations to read in the next forward as well, each
    /// the tokens of some of `eligible` (the open positions of the block that get a record,
    /// ascending), by position.
    fn branches(&self, _canvas: &Canvas, _eligible: &[u32]) -> Vec<Vec<(u32, u32)>> {
        Vec::new()
    }

    /// Whether it asks for [`Select::branches`], or drafts.
    fn speculates(&self) -> bool {
        false
    }

    /// What the network is taken for in the forward of a step, and in the one that verifies a draft.
    fn readings(&self) -> [Reading; 2] {
        [Reading::Own, Reading::OneByOne]
    }

    /// Tokens for open positions that follow on each other, which a second forward of the step shall
    /// verify ([`Step::verified`]): part of `candidates`, the eligible rows of the block. For
    /// block-causal models.
    fn draft(&self, _candidates: &[Row]) -> Vec<(u32, u32)> {
        Vec::new()
    }

    /// What it commits in the next so many steps of `block` (which has so many masks), as data, for a
    /// device that decides by itself; `None` for a method that this data cannot say.
    fn rule(&self, _block: &Block, _masks: u32, _steps: u32) -> Option<Rule> {
        None
    }

    /// Tokens that somebody drafted for the leftmost masks; pieces that guess nothing pass them over.
    fn offer(&mut self, _tokens: &[u32]) {}

    /// The commits of this step, by position: part of `candidates` (the eligible rows of
    /// `step.block`, ascending), and at least one where there is any and the block asks for it.
    /// Several blocks may be open in one step, each is decided about in its own call: what is
    /// remembered of a block is kept by its index.
    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit>;

    /// The canvas has changed its length: what is remembered by position moves.
    fn spliced(&mut self, _splice: &Splice) {}
}

/// Every candidate as a commit, surest first; of equals the lower position first.
fn ranked(candidates: &[Row]) -> Vec<Commit> {
    let rows = ranked_by(candidates, |row| row.record.log_proposal());
    rows.into_iter().map(Row::commit).collect()
}

/// Every candidate, highest score first; of equals the lower position first.
fn ranked_by(candidates: &[Row], score: impl Fn(&Row) -> f32) -> Vec<&Row> {
    let mut rows: Vec<(f32, &Row)> = candidates.iter().map(|row| (score(row), row)).collect();
    // A stable sort keeps equals in their ascending order of positions.
    order::sort(&mut rows, |a, b| b.0.total_cmp(&a.0));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The `count` candidates of the highest score, by position; of equals the lower position.
fn highest(candidates: &[Row], count: usize, score: impl Fn(&Row) -> f32) -> Vec<Commit> {
    let ranked = ranked_by(candidates, score);
    by_position(ranked.into_iter().take(count).map(Row::commit).collect())
}

/// The surest where a block asks for a commit and `commits` is empty; `ranked` is surest first.
fn at_least_one(commits: Vec<Commit>, ranked: &[Commit], step: &Step) -> Vec<Commit> {
    if commits.is_empty() && step.block.must_commit {
        return ranked.iter().take(1).copied().collect();
    }
    commits
}

/// The `count` best of the block's positions that were not given, best first, by a `score` that may
/// leave some out; of equals the lower position. What P2 and RCR let stand.
fn surest(step: &Step, count: usize, score: impl Fn(u32) -> Option<(u32, f32)>) -> Vec<u32> {
    let unpinned = step
        .block
        .range()
        .filter(|&position| !step.canvas.is_pinned(position));
    let mut ranked = rank(unpinned.filter_map(score).collect());
    ranked.truncate(count);
    ranked.into_iter().map(|(position, _)| position).collect()
}

/// The candidates among `survivors`; the surest where a block asks for a commit and none is.
fn keep_survivors(candidates: &[Row], survivors: &[u32], step: &Step) -> Vec<Commit> {
    let survives = |row: &&Row| survivors.contains(&row.position);
    let commits = candidates.iter().filter(survives).map(Row::commit);
    at_least_one(commits.collect(), &ranked(candidates), step)
}

/// What `ranked` commits would commit next, of what is `eligible` (ascending) still.
fn open_of(ranked: &[Commit], eligible: &[u32]) -> Vec<Commit> {
    let is_open = |commit: &&Commit| eligible.binary_search(&commit.position).is_ok();
    ranked.iter().filter(is_open).copied().collect()
}

/// The first of `candidates` that follow on each other.
fn first_run(candidates: &[Row]) -> &[Row] {
    let pairs = candidates.windows(2);
    let follows = pairs.take_while(|pair| pair[1].position == pair[0].position + 1);
    let length = follows.count() + 1;
    &candidates[..length.min(candidates.len())]
}

/// The verifier's proposals up to and with the first that differs from the draft.
fn accepted(draft: &[Row], verified: &[Row]) -> Vec<Commit> {
    let pairs = draft.iter().zip(verified);
    let right = pairs.take_while(|(draft, verified)| draft.commit().id == verified.commit().id);
    let kept = (right.count() + 1).min(verified.len());
    verified[..kept].iter().map(Row::commit).collect()
}

/// Positions and tokens of commits, by position.
fn tokens(commits: &[Commit]) -> Vec<(u32, u32)> {
    let commits = by_position(commits.to_vec());
    commits
        .iter()
        .map(|commit| (commit.position, commit.id))
        .collect()
}

/// The rows whose positions are not among the commits.
fn left_by(rows: &[Row], commits: &[Commit]) -> Vec<Row> {
    let is_left = |row: &&Row| commits.iter().all(|commit| commit.position != row.position);
    rows.iter().filter(is_left).copied().collect()
}

fn by_position(mut commits: Vec<Commit>) -> Vec<Commit> {
    order::sort(&mut commits, |a, b| a.position.cmp(&b.position));
    commits
}

#[cfg(test)]
mod fixtures {
    use super::*;
    use crate::Record;
    use crate::decode::{Continuation, Segment};

    pub const MASK: u32 = 99;

    /// Four masks.
    pub fn four_masks() -> Canvas {
        Canvas::new(&[], &[Segment::Masked(4)], MASK)
    }

    /// What is committed on [`four_masks`] of proposals 10, 11, 12, 13 at 0.., with these
    /// continuations.
    pub fn select_branching(
        piece: &mut dyn Select,
        sure: &[f32],
        branches: &[Continuation],
    ) -> Vec<u32> {
        let (canvas, candidates) = (four_masks(), rows(sure));
        let step = Step {
            number: 0,
            block: Block::new(0, 0, 4),
            canvas: &canvas,
            rows: &candidates,
            shadows: &[],
            branches,
            verified: &[],
        };
        positions(&piece.select(&candidates, &step))
    }

    /// Rows at positions 0, 1, ... that propose token `10 + position` so surely.
    pub fn rows(confidences: &[f32]) -> Vec<Row> {
        let row = |(position, &confidence): (usize, &f32)| {
            let token = 10 + position as u32;
            Row::new(
                position as u32,
                Record {
                    top1: token,
                    samp: token,
                    l1: confidence.ln(),
                    l_samp: confidence.ln(),
                    l2: f32::NEG_INFINITY,
                    ..bytemuck::Zeroable::zeroed()
                },
            )
        };
        confidences.iter().enumerate().map(row).collect()
    }

    /// Rows that are alike but for their entropies.
    pub fn entropies(entropies: &[f32]) -> Vec<Row> {
        let mut rows = rows(&vec![0.5; entropies.len()]);
        for (row, &entropy) in rows.iter_mut().zip(entropies) {
            row.record.ent = entropy;
        }
        rows
    }

    /// What `piece` commits of `candidates` in step `number` of one block that is all open.
    pub fn select_at(piece: &mut dyn Select, candidates: &[Row], number: u32) -> Vec<u32> {
        positions(&commits_at(piece, candidates, number))
    }

    pub fn commits_at(piece: &mut dyn Select, candidates: &[Row], number: u32) -> Vec<Commit> {
        let canvas = masks(candidates);
        let block = Block::new(0, 0, canvas.len());
        select_in(piece, candidates, number, &canvas, block)
    }

    /// The same in a block that does not ask for a commit.
    pub fn select_freely(piece: &mut dyn Select, candidates: &[Row]) -> Vec<u32> {
        let canvas = masks(candidates);
        let block = Block {
            must_commit: false,
            ..Block::new(0, 0, canvas.len())
        };
        positions(&select_in(piece, candidates, 0, &canvas, block))
    }

    pub fn select_in(
        piece: &mut dyn Select,
        candidates: &[Row],
        number: u32,
        canvas: &Canvas,
        block: Block,
    ) -> Vec<Commit> {
        piece.select(
            candidates,
            &Step {
                number,
                block,
                canvas,
                rows: candidates,
                shadows: &[],
                branches: &[],
                verified: &[],
            },
        )
    }

    /// A canvas of masks up to the last candidate.
    fn masks(candidates: &[Row]) -> Canvas {
        let length = candidates.last().map_or(0, |row| row.position + 1);
        Canvas::new(&[], &[Segment::Masked(length)], MASK)
    }

    pub fn positions(commits: &[Commit]) -> Vec<u32> {
        commits.iter().map(|commit| commit.position).collect()
    }
}
