//! The dual cache with the settings of dInfer.

use super::super::method::{Method, Parameter};
use super::{DualCache, RowPlan};

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "vicinity",
    doc: "The dual cache with the positions around the block forwarded too, after a few full forwards at the beginning of a run. An approximation, closer than \"dual\".",
    source: "dInfer, arXiv 2510.08666",
    parameters: &[
        Parameter::count(
            "before",
            0,
            16,
            "Positions before the block that are forwarded with it.",
        ),
        Parameter::count(
            "after",
            0,
            16,
            "Positions behind the block that are forwarded with it.",
        ),
        Parameter::count("warmup", 0, 4, "Full forwards at the beginning."),
        Parameter::derived_count(
            "refresh",
            1,
            "Everything is forwarded again after so many forwards; only when another block opens where absent.",
        ),
    ],
    build: |values, _| {
        let around = (values.count("before"), values.count("after"));
        let cache = DualCache::new(around, values.given_count("refresh"));
        Ok(Box::new(cache.with_warmup(values.count("warmup"))))
    },
};
