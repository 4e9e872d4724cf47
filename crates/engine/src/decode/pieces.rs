//! The exchangeable pieces of a run, and the list of which option names which.

use super::exit::{Eos, Full};
use super::revise::NoRevision;
use super::row_plan::FullPlan;
use super::select::{EvenSplit, Threshold};
use super::structure::FixedBlocks;
use super::{
    Canvas, DecodeOptions, Exit, ExitPolicy, Revise, RowPlan, Select, SelectPolicy, Structure,
    Vocabulary,
};

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
    #[must_use]
    pub fn new(options: &DecodeOptions, canvas: &Canvas, vocabulary: &Vocabulary) -> Self {
        let structure = FixedBlocks::new(options.block, canvas);
        let select: Box<dyn Select> = match options.select {
            SelectPolicy::Even { steps } => Box::new(EvenSplit::new(steps, structure.count())),
            SelectPolicy::Threshold { threshold } => Box::new(Threshold::new(threshold)),
        };
        let exit: Box<dyn Exit> = match options.exit {
            ExitPolicy::Eos => Box::new(Eos::new(vocabulary.stop_ids.clone())),
            ExitPolicy::Full => Box::new(Full),
        };
        Self {
            row_plan: Box::new(FullPlan),
            select,
            revise: Box::new(NoRevision),
            structure: Box::new(structure),
            exit,
        }
    }
}
