//! The next masks behind the block and none beyond them.

use super::super::method::{Method, Parameter};
use super::limited::CACHE;
use super::{Inner, Limited, RowPlan, Suffix};

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "window",
    doc: "Leaves out the masks far behind the block: they are neither forwarded nor seen. An approximation, with which a long canvas costs as much as what is written of it.",
    source: "DPad without chance, arXiv 2508.14148; further_horizon of LLaDA2.0",
    parameters: &[
        Parameter::count("after", 0, 32, "Masks behind the block that stay."),
        CACHE,
    ],
    build: |values, _| {
        let window = Window(values.count("after"));
        Ok(Box::new(Limited::new(window, Inner::of(values))))
    },
};

/// So many positions.
pub struct Window(pub u32);

impl Suffix for Window {
    fn keeps(&self, _block: u32, _position: u32, distance: u32) -> bool {
        distance < self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends() {
        let kept = |size: u32| (0..9).filter(|at| Window(size).keeps(0, 40, *at)).count();
        assert_eq!([0, 4, 99].map(kept), [0, 4, 9]);
    }
}
