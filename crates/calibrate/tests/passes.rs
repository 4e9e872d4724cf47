//! Whole models: what their layers are calibrated on.

use pollster::block_on;
use unmask_calibrate::{Calibrated, Text, calibrate};
use unmask_engine::recipe::{Recipe, Rule};
use unmask_engine::session::convert;
use unmask_engine::weights::{Directory, Files, Format, Memory};

/// A model whose matrices all have blocks, and whose head is its embedding.
fn model() -> Directory {
    Directory::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/golden/tiles"
    ))
}

fn calibrated<F: Files>(files: &F) -> Calibrated {
    let texts = ["abc abd", "bca cab abc", "dab"].map(|text| Text::Plain { text: text.into() });
    let recipe = Recipe::from(Rule::Uniform(Format::Q4_0));
    block_on(calibrate(files, &recipe, &texts, &mut |_| ())).expect("calibrates")
}

/// Had the layers been calibrated on exact rows, a file whose rows are rounded already would give others.
#[test]
fn layers_are_calibrated_on_the_embedding_as_it_will_be() {
    let only_embedding = Recipe {
        embedding: Some(Format::Q4_0),
        ..Recipe::from(Rule::Uniform(Format::F32))
    };
    let mut file = Vec::new();
    let mut sink = |bytes: &[u8]| {
        file.extend_from_slice(bytes);
        Ok(())
    };
    block_on(convert(model(), &only_embedding, &mut sink, &mut |_| ())).expect("converts");
    let rounded_before = calibrated(&Memory::new().with("model.gguf", file));
    let rounded_here = calibrated(&model());
    assert!(
        rounded_here.blocks.len() >= 14,
        "every matrix of two layers"
    );
    let names = || rounded_here.blocks.keys();
    assert!(
        names().all(|name| name.contains("layers")),
        "the embedding is the converter's"
    );
    assert!(
        rounded_here.blocks == rounded_before.blocks,
        "the layers read something else"
    );
}
