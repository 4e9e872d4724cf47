//! What a piece sees of a step.

use super::{Block, Canvas, Row};

/// One step as its pieces see it: the records are in, nothing is written yet.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// Number of the step, counted from 0: part of the key of random numbers.
    pub number: u32,
    /// The open block that is being decided about.
    pub block: Block,
    /// The canvas as the forward saw it.
    pub canvas: &'a Canvas,
    /// Every record of the step, by ascending position.
    pub rows: &'a [Row],
    /// Records of the shadow rows that [`super::Revise::shadows`] asked for, by position.
    pub shadows: &'a [Row],
    /// What the forward told of the continuations that [`super::Select::branches`] asked for, in that
    /// order; nothing where the step decides about another stretch than the one that was opened.
    pub branches: &'a [Continuation],
    /// Records of what [`super::Select::draft`] wanted to be verified, by position; nothing where it
    /// wanted nothing, or the step decides about another stretch than the one that was opened.
    pub verified: &'a [Row],
}

/// A continuation of the canvas and what a forward told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Continuation {
    /// Tokens that stand in for masks, by position.
    pub tokens: Vec<(u32, u32)>,
    /// Records of positions that are open in it, by position.
    pub rows: Vec<Row>,
}

impl Step<'_> {
    /// The record of `position`, if the step has one.
    #[must_use]
    pub fn row(&self, position: u32) -> Option<&Row> {
        let found = self
            .rows
            .binary_search_by_key(&position, |row| row.position);
        found.ok().map(|index| &self.rows[index])
    }
}

/// Which rows a piece needs a record of, beside the eligible ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowScope {
    /// None.
    #[default]
    Eligible,
    /// Every position of the open block that is not pinned, the committed ones included.
    Block,
    /// Every open position of the canvas.
    Masks,
    /// Every position behind the prompt that is not pinned.
    Canvas,
}

impl RowScope {
    /// Its positions.
    #[must_use]
    pub fn positions(self, canvas: &Canvas, block: &Block) -> Vec<u32> {
        let unpinned = |range: std::ops::Range<u32>| {
            range
                .filter(|&position| !canvas.is_pinned(position))
                .collect()
        };
        match self {
            Self::Eligible => Vec::new(),
            Self::Block => unpinned(block.range()),
            Self::Masks => canvas.masked_in(0..canvas.len()).collect(),
            Self::Canvas => unpinned(canvas.prompt_len()..canvas.len()),
        }
    }
}
