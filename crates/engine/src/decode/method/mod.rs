//! A method is a named piece with parameters: what a caller can choose, described as data.
//!
//! The command line, the TypeScript types, the demo's controls and the table in the documentation
//! all read these descriptions, so adding a piece is a file and a line in its `METHODS`.

mod catalog;
mod choice;
mod parameter;
mod values;

pub use catalog::{MethodCard, ParameterCard, PresetCard, catalog, presets};
pub use choice::{Choice, Value};
pub use parameter::{Default, Kind, Parameter};
pub use values::Values;

use super::{Canvas, Vocabulary};
use crate::{Error, Result};

/// What a piece may know of the run it is made for.
pub struct Setup<'a> {
    /// The canvas as it begins.
    pub canvas: &'a Canvas,
    /// Special ids.
    pub vocabulary: &'a Vocabulary,
    /// Positions of a block; absent: the whole canvas is one.
    pub block: Option<u32>,
    /// The model's own grid of blocks from position 0 on, if it has one.
    pub grid: Option<u32>,
    /// Whether the model was trained as a causal one as well.
    pub tri_mode: bool,
    /// Seed of the run, for pieces that decide by chance.
    pub seed: u64,
}

impl Setup<'_> {
    /// Positions behind the prompt.
    #[must_use]
    pub fn length(&self) -> u32 {
        self.canvas.len() - self.canvas.prompt_len()
    }

    /// Blocks of the canvas as it begins, at least 1.
    #[must_use]
    pub fn blocks(&self) -> u32 {
        let (start, end) = (self.canvas.prompt_len(), self.canvas.len());
        match self.grid {
            Some(grid) => (end.div_ceil(grid) - start / grid).max(1),
            None => {
                let size = self.block.unwrap_or(u32::MAX).max(1);
                (end - start).div_ceil(size).max(1)
            }
        }
    }
}

/// A piece of kind `P` that can be chosen by name.
pub struct Method<P: ?Sized + 'static> {
    /// What a caller writes.
    pub name: &'static str,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
    /// Whose it is: paper or repository.
    pub source: &'static str,
    /// What can be set.
    pub parameters: &'static [Parameter],
    /// Makes the piece.
    pub build: fn(&Values, &Setup) -> Result<Box<P>>,
}

/// `text` where it can be read: not in the module for browsers, which would download 40 kB of prose
/// that the npm package has as data already.
pub(crate) const fn prose(text: &'static str) -> &'static str {
    if cfg!(target_arch = "wasm32") {
        ""
    } else {
        text
    }
}

/// A list of methods as it is shipped: in the module for browsers without [`prose`].
pub(crate) const fn shipped<P: ?Sized, const N: usize>(
    mut methods: [Method<P>; N],
) -> [Method<P>; N] {
    let mut at = 0;
    while at < N {
        methods[at].doc = prose(methods[at].doc);
        methods[at].source = prose(methods[at].source);
        at += 1;
    }
    methods
}

/// The method that `choice` names, built.
///
/// # Errors
/// `bad_input` when `methods` has no such name, or the choice's values do not fit its parameters.
pub fn build<P: ?Sized>(
    kind: &str,
    methods: &[Method<P>],
    choice: &Choice,
    setup: &Setup,
) -> Result<Box<P>> {
    let method = find(kind, methods, choice)?;
    let values = Values::resolve(kind, method.name, method.parameters, choice)?;
    (method.build)(&values, setup)
}

/// Whether `choice` names one of `methods` and its values fit.
///
/// # Errors
/// As [`build`].
pub fn check<P: ?Sized>(kind: &str, methods: &[Method<P>], choice: &Choice) -> Result<()> {
    let method = find(kind, methods, choice)?;
    Values::resolve(kind, method.name, method.parameters, choice).map(|_| ())
}

/// The method that `choice` names.
///
/// # Errors
/// `bad_input`, with the names there are.
pub fn find<'a, P: ?Sized>(
    kind: &str,
    methods: &'a [Method<P>],
    choice: &Choice,
) -> Result<&'a Method<P>> {
    methods
        .iter()
        .find(|method| method.name == choice.name)
        .ok_or_else(|| {
            let names: Vec<&str> = methods.iter().map(|method| method.name).collect();
            Error::bad_input(format!(
                "{kind} {:?} is unknown; choose one of {}",
                choice.name,
                names.join(", ")
            ))
        })
}
