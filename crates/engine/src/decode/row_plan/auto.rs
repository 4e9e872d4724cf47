//! The cache that costs no accuracy.

use super::super::method::Method;
use super::{ExactCache, FullPlan, RowPlan};

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "auto",
    doc: "The exact cache where the model allows one, else none.",
    source: "Unmask",
    parameters: &[],
    build: |_, setup| {
        Ok(match setup.grid {
            Some(_) => Box::new(ExactCache),
            None => Box::new(FullPlan),
        })
    },
};
