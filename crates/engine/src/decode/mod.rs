//! The denoising loop: pure policy over records. It knows no GPU, no text and no model.
//!
//! Every decoding method is a choice of pieces around one loop ([`Driver::step`]): which rows
//! are forwarded ([`RowPlan`]), how a row proposes a token ([`Proposal`]), which proposals are
//! committed ([`Select`]), which commits are undone ([`Revise`]), which positions are open
//! ([`Structure`]) and when the text has ended ([`Exit`]). They meet only in the [`Canvas`].

mod ahead;
mod canvas;
mod driver;
pub mod exit;
mod forward;
mod frame;
pub mod method;
mod options;
mod pace;
mod pieces;
mod preset;
pub mod revise;
mod row;
pub mod row_plan;
mod rule;
pub mod select;
mod splice;
mod step;
pub mod structure;
mod vocabulary;

pub use ahead::{Lead, Led};
pub use canvas::{Canvas, History, Segment};
pub use driver::Driver;
pub use exit::{Exit, Verdict};
pub use forward::{Convention, Forward, GATHER, Guidance, NO_TOKEN, Proposal, Readout};
pub use frame::{Commit, Frame};
pub use options::DecodeOptions;
pub use pieces::Pieces;
pub use preset::Preset;
pub use revise::Revise;
pub use row::Row;
pub use row_plan::{Branch, Layers, Plan, Reading, RowPlan, Rows};
pub use rule::{Order, Rule};
pub use select::Select;
pub use splice::Splice;
pub use step::{Continuation, RowScope, Step};
pub use structure::{Block, Structure};
pub use vocabulary::Vocabulary;
