//! What a model keeps in memory: keys and values by the formula, and nothing more with every turn.

use std::path::PathBuf;

use pollster::block_on;
use unmask_engine::recording::Executor as _;
use unmask_engine::session::{DeviceChoice, DtypeChoice, LoadOptions, LoadedModel, load};
use unmask_engine::weights::Directory;
use unmask_engine::{CanvasSegment, GenerateRequest};

/// Turns of the longest chat.
const TURNS: usize = 1000;

fn golden(name: &str) -> LoadedModel {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(name);
    let options = LoadOptions {
        device: DeviceChoice::Cpu,
        dtype: DtypeChoice::F32,
        ..LoadOptions::default()
    };
    block_on(load(Directory::new(folder), &options, &mut |_| ())).expect("loads")
}

/// Bytes of one position's keys and values in all layers, from the checkpoint's own configuration.
fn bytes_of_a_slot(name: &str) -> u64 {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(name)
        .join("config.json");
    let config: serde_json::Value =
        serde_json::from_slice(&std::fs::read(file).expect("is there")).expect("JSON");
    let number = |field: &str| config[field].as_u64();
    let heads = number("num_key_value_heads").expect("a count");
    let each =
        number("hidden_size").expect("a size") / number("num_attention_heads").expect("a count");
    let head_dim = number("head_dim").unwrap_or(each);
    2 * heads * head_dim * 4 * number("num_hidden_layers").expect("a count")
}

/// A canvas of four masks behind `ids`.
fn turn(model: &mut LoadedModel, ids: Vec<u32>) -> Vec<u32> {
    let request = GenerateRequest {
        canvas: Some(vec![CanvasSegment::Ids(ids), CanvasSegment::Mask(4)]),
        ..GenerateRequest::default()
    };
    let mut run = model.start(&request).expect("starts");
    while block_on(run.next(model)).expect("steps").is_some() {}
    run.ids().to_vec()
}

#[test]
fn keys_and_values_take_what_the_formula_says() {
    for name in ["blocks", "causal"] {
        let mut model = golden(name);
        assert_eq!(model.cache_bytes(), 0, "nothing before the first run");
        let before = model.executor().allocated();
        for length in [10_u64, 60, 100] {
            turn(&mut model, vec![7; length as usize - 4]);
            // Room for a group of extra rows, in steps of 64 slots.
            let slots = (length + 32).next_multiple_of(64);
            assert_eq!(
                model.cache_bytes(),
                slots * bytes_of_a_slot(name),
                "{name}, {length}"
            );
            assert!(model.executor().allocated() >= before + model.cache_bytes());
        }
    }
}

#[test]
fn nothing_grows_over_a_thousand_turns() {
    for name in ["blocks", "causal"] {
        let mut model = golden(name);
        let mut text = vec![5, 6, 7];
        let mut most = 0;
        for number in 0..TURNS {
            text = turn(&mut model, text);
            text.push(8 + number as u32 % 50);
            if text.len() > 48 {
                text.truncate(3);
            }
            // The first conversations meet every length; afterwards all is there.
            let bytes = model.executor().allocated();
            match number < TURNS / 4 {
                true => most = most.max(bytes),
                false => assert!(bytes <= most, "{name}, turn {number}: {bytes} above {most}"),
            }
        }
    }
}
