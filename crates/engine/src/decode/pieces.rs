//! The exchangeable pieces of a run.

use super::method::{Setup, build};
use super::{
    Block, Canvas, DecodeOptions, Exit, Revise, RowPlan, RowScope, Select, Splice, Structure,
    Vocabulary, exit, revise, row_plan, select, structure,
};
use crate::Result;

/// One member of each kind. Any combination works; [`Pieces::new`] makes the named ones.
pub struct Pieces {
    /// Which rows are forwarded.
    pub row_plan: Box<dyn RowPlan>,
    /// Which proposals are committed.
    pub select: Box<dyn Select>,
    /// Which commits are undone.
    pub revise: Box<dyn Revise>,
    /// Which positions are open.
    pub structure: Box<dyn Structure>,
    /// When the text has ended.
    pub exit: Box<dyn Exit>,
}

impl Pieces {
    /// The pieces that `options` name, for `canvas`.
    ///
    /// # Errors
    /// `bad_input` for a name or a parameter that does not exist, or a value out of its range.
    pub fn new(options: &DecodeOptions, canvas: &Canvas, vocabulary: &Vocabulary) -> Result<Self> {
        let setup = Setup {
            canvas,
            vocabulary,
            block: options.block,
            grid: options.grid,
            tri_mode: options.tri_mode,
            seed: options.proposal.seed,
        };
        Ok(Self {
            row_plan: build("cache", row_plan::METHODS, &options.cache, &setup)?,
            select: build("select", select::METHODS, &options.select, &setup)?,
            revise: build("revise", revise::METHODS, &options.revise, &setup)?,
            structure: build("structure", structure::METHODS, &options.structure, &setup)?,
            exit: build("exit", exit::METHODS, &options.exit, &setup)?,
        })
    }

    /// Every position that some piece wants a record of while `block` is open, ascending.
    pub(super) fn wanted(&self, canvas: &Canvas, block: &Block) -> Vec<u32> {
        let mut wanted = self.structure.eligible(canvas, block);
        let scopes = [
            self.select.scope(),
            self.revise.scope(),
            self.structure.scope(),
            self.exit.scope(),
        ];
        for scope in scopes
            .into_iter()
            .filter(|&scope| scope != RowScope::Eligible)
        {
            wanted.extend(scope.positions(canvas, block));
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    /// Tells every piece that remembers positions.
    pub(super) fn spliced(&mut self, splice: &Splice) {
        self.row_plan.spliced(splice);
        self.select.spliced(splice);
        self.revise.spliced(splice);
        self.exit.spliced(splice);
    }
}
