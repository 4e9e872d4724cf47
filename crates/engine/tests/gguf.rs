//! GGUF files: those of llama.cpp's converter against the checkpoints they were made from
//! (`tests/golden/make_gguf.py`), and our own against what they were converted from.

use std::path::{Path, PathBuf};

use pollster::block_on;
use unmask_engine::decode::{Canvas, Forward, Plan, Proposal, Segment};
use unmask_engine::recipe::{Recipe, Rule};
use unmask_engine::session::{
    Converted, DeviceChoice, DtypeChoice, LoadOptions, LoadedModel, convert, load,
};
use unmask_engine::text::ChatMessage;
use unmask_engine::weights::{Checkpoint, Directory, Files, Format, Memory};
use unmask_engine::{Error, Record};

/// Checkpoints of `tests/golden` that have a GGUF file made by llama.cpp's rules.
const CONVERTED: [&str; 3] = ["llama", "dream", "causal"];

fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(path)
}

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/tiny")
}

/// A folder with just this file.
fn alone(bytes: Vec<u8>) -> Memory {
    Memory::new().with("model.gguf", bytes)
}

fn golden_gguf(name: &str) -> Memory {
    let path = golden("gguf").join(format!("{name}.gguf"));
    alone(std::fs::read(path).expect("the golden file is there"))
}

fn open<F: Files>(files: F, dtype: DtypeChoice) -> LoadedModel {
    let options = LoadOptions {
        device: DeviceChoice::Reference,
        dtype,
        ..LoadOptions::default()
    };
    block_on(load(files, &options, &mut |_| ())).expect("loads")
}

fn converted<F: Files>(files: F, recipe: &Recipe) -> (Vec<u8>, Converted) {
    let mut bytes = Vec::new();
    let mut sink = |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok(())
    };
    let report = block_on(convert(files, recipe, &mut sink, &mut |_| ())).expect("converts");
    (bytes, report)
}

fn records(model: &mut LoadedModel, ids: &[u32]) -> Vec<Record> {
    let canvas = Canvas::new(&[], &[Segment::Pinned(ids.to_vec())], model.info().mask_id);
    let plan = Plan {
        records: (0..ids.len() as u32).collect(),
        ..Plan::default()
    };
    block_on(model.forward(&canvas, &plan, &Proposal::default()))
        .expect("runs")
        .records
}

/// What a caller can tell two models apart by, save their names and sizes.
fn facts(model: &LoadedModel) -> serde_json::Value {
    let mut info = serde_json::to_value(model.info()).expect("is JSON");
    for field in ["architecture", "dtype", "residentBytes"] {
        info[field] = serde_json::Value::Null;
    }
    info["text"] = serde_json::json!(model.text().encode("the theme of <|mask|> there").unwrap());
    info
}

const IDS: [u32; 12] = [20, 1, 31, 1, 1, 52, 200, 1, 299, 3, 1, 17];

#[test]
fn a_file_of_llama_cpp_is_its_checkpoint() {
    for name in CONVERTED {
        let mut folder = open(Directory::new(golden(name)), DtypeChoice::F32);
        let mut file = open(golden_gguf(name), DtypeChoice::F32);
        let mut expected = facts(&folder);
        // The folders have no chat template; the files do.
        expected["hasChatTemplate"] = true.into();
        assert_eq!(facts(&file), expected, "{name}");
        let [from_folder, from_file] =
            [&mut folder, &mut file].map(|model| block_on(model.logits(&IDS)).expect("runs"));
        assert_eq!(
            from_file, from_folder,
            "{name}: the same weights to the bit"
        );
        let chat = file.text().chat(&[ChatMessage::user("the")]).unwrap();
        assert_eq!(chat, file.text().encode("the<|endoftext|>").unwrap());
    }
}

#[test]
fn a_converted_model_gives_the_records_of_its_source() {
    let dtypes = [
        DtypeChoice::F16,
        DtypeChoice::Q8_0,
        DtypeChoice::Q4_0,
        DtypeChoice::Mixed,
    ];
    for name in ["llama", "dream", "causal", "blocks", "tiles"] {
        for dtype in dtypes {
            let folder = || Directory::new(golden(name));
            let (bytes, report) = converted(folder(), &Recipe::from(dtype.rule()));
            assert_eq!(report.bytes, bytes.len() as u64);
            let mut source = open(folder(), dtype);
            let mut file = open(alone(bytes), dtype);
            assert_eq!(file.info().architecture, source.info().architecture);
            assert_eq!(file.info().dtype, source.info().dtype);
            assert_eq!(file.info().resident_bytes, source.info().resident_bytes);
            assert_eq!(facts(&file), facts(&source), "{name} {dtype:?}");
            let [expected, found] = [&mut source, &mut file].map(|model| records(model, &IDS));
            assert_eq!(found, expected, "{name} {dtype:?}");
        }
    }
}

#[test]
fn auto_keeps_what_the_file_has() {
    for (dtype, word) in [
        (DtypeChoice::Q4_0, "q4_0"),
        (DtypeChoice::Q8_0, "q8_0"),
        (DtypeChoice::Mixed, "mixed"),
    ] {
        let (bytes, _) = converted(Directory::new(tiny()), &Recipe::from(dtype.rule()));
        let kept = open(alone(bytes.clone()), DtypeChoice::Auto);
        assert_eq!(kept.info().dtype, word);
        let direct = open(Directory::new(tiny()), dtype);
        assert_eq!(kept.info().resident_bytes, direct.info().resident_bytes);
        // Nor does converting it again change a byte.
        let (again, _) = converted(alone(bytes.clone()), &Recipe::from(Rule::Kept));
        assert!(again == bytes, "{word}: converted twice");
    }
}

#[test]
fn conversion_is_deterministic_and_exceptions_are_heard() {
    let recipe = Recipe {
        embedding: Some(Format::Q8_0),
        ..Recipe::from(Rule::Uniform(Format::Q4_0))
    };
    let folder = || Directory::new(tiny());
    let (bytes, report) = converted(folder(), &recipe);
    assert!(bytes == converted(folder(), &recipe).0);
    let checkpoint = block_on(Checkpoint::open(alone(bytes))).expect("opens");
    let dtype = |name: &str| checkpoint.require(name).unwrap().dtype.as_str();
    assert_eq!(dtype("model.embed_tokens.weight"), "Q8_0");
    assert_eq!(dtype("model.layers.0.mlp.up_proj.weight"), "Q4_0");
    assert_eq!(dtype("model.norm.weight"), "F32");
    assert_eq!(report.dtypes["Q8_0"], 1);
}

#[test]
fn conversion_holds_a_row_group_at_a_time() {
    let mut largest = 0;
    let mut sink = |piece: &[u8]| {
        largest = largest.max(piece.len());
        Ok(())
    };
    let recipe = Recipe::from(Rule::Uniform(Format::F32));
    let mut quiet = |_| ();
    let written = convert(Directory::new(tiny()), &recipe, &mut sink, &mut quiet);
    let written = block_on(written).expect("converts").bytes;
    // 8 MiB of f32 at most; the model takes more.
    assert!(largest <= 8 << 20, "{largest} bytes at once");
    assert!(written > 2 * (8 << 20));
}

#[test]
fn an_error_of_the_sink_stops_the_conversion() {
    let full = Error::bad_input("the disk is full");
    let mut left = 3;
    let mut sink = |_: &[u8]| {
        left -= 1;
        if left == 0 { Err(full.clone()) } else { Ok(()) }
    };
    let recipe = Recipe::from(Rule::Mixed);
    let result = block_on(convert(
        Directory::new(tiny()),
        &recipe,
        &mut sink,
        &mut |_| (),
    ));
    assert_eq!(result, Err(full));
    assert_eq!(left, 0, "nothing is written after an error");
}
