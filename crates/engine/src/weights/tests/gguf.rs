//! GGUF headers as strangers write them.

use proptest::prelude::*;

use super::super::gguf::{HeaderWriter, Landmarks, config_json};
use super::super::{BlockType, Checkpoint, Memory, SourceDtype};
use super::{assert_error, read_all};
use crate::{Error, Result};

/// A file that llama.cpp's rules made: `tests/golden/make_gguf.py`.
const REAL: &[u8] = include_bytes!("../../../../../tests/golden/gguf/llama.gguf");

fn open(bytes: &[u8]) -> Result<Checkpoint<Memory>> {
    pollster::block_on(Checkpoint::open(Memory::new().with("model.gguf", bytes)))
}

fn refusal(bytes: &[u8]) -> Error {
    open(bytes).expect_err("a bad file was opened")
}

/// Reads everything that a loader would; any error is fine, a panic is not.
fn exercise(checkpoint: &Checkpoint<Memory>) {
    let names: Vec<String> = checkpoint.names().map(String::from).collect();
    for name in names {
        let _ = read_all(checkpoint, &name);
    }
    if let Some(metadata) = checkpoint.metadata() {
        let keys: Vec<String> = metadata.keys().map(String::from).collect();
        for key in keys {
            let _ = (metadata.text(&key), metadata.texts(&key));
            let _ = (metadata.number(&key), metadata.id(&key));
        }
    }
}

/// A small valid file: one Q8_0 tensor `[2, 32]` and one F32 vector `[3]`.
fn small(edit: impl FnOnce(&mut HeaderWriter)) -> Vec<u8> {
    let mut header = HeaderWriter::new();
    header.text("general.architecture", "none of ours");
    edit(&mut header);
    header.tensor("blocks", &[2, 32], SourceDtype::Block(BlockType::Q8_0), 68);
    header.tensor("vector", &[3], SourceDtype::F32, 12);
    let mut bytes = header.finish();
    for row in [1, 2_u8] {
        bytes.extend([0x00, 0x3c]); // a scale of 1
        bytes.extend([row; 32]);
    }
    bytes.extend([0; 28]);
    bytes.extend([1.0_f32, 2.0, 3.0].iter().flat_map(|v| v.to_le_bytes()));
    bytes
}

/// `bytes` with the one occurrence of `from` replaced.
fn with(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "the layout stays");
    let found: Vec<usize> = (0..=bytes.len() - from.len())
        .filter(|&at| bytes[at..].starts_with(from))
        .collect();
    assert_eq!(found.len(), 1, "{from:?} is there once");
    let mut changed = bytes.to_vec();
    changed[found[0]..][..to.len()].copy_from_slice(to);
    changed
}

#[test]
fn a_small_file_gives_its_tensors() {
    let checkpoint = open(&small(|_| ())).expect("opens");
    assert_eq!(read_all(&checkpoint, "vector"), Ok(vec![1.0, 2.0, 3.0]));
    let blocks = read_all(&checkpoint, "blocks").expect("reads");
    assert_eq!(blocks, [[1.0; 32], [2.0; 32]].concat());
}

#[test]
fn entries_are_what_was_written() {
    let bytes = small(|header| {
        header.number("n", 7);
        header.real("x", 0.5);
        header.flag("yes", true);
        header.ids("ids", &[3, 4]);
    });
    let checkpoint = open(&bytes).expect("opens");
    let metadata = checkpoint.metadata().expect("has entries");
    assert_eq!(metadata.id("n"), Ok(Some(7)));
    assert_eq!(metadata.number("x"), Ok(Some(0.5.into())));
    assert_eq!(metadata.number("yes"), Ok(Some(true.into())));
    assert_eq!(metadata.number("ids"), Ok(Some(vec![3, 4].into())));
    assert_eq!(metadata.text("absent"), Ok(None));
    for wrong in [
        metadata.text("n").err(),
        metadata.texts("ids").err(),
        metadata.id("x").err(),
        metadata.number("general.architecture").err(),
    ] {
        assert_error(&wrong.expect("is another kind"), "bad_file", &["entry"]);
    }
}

#[test]
fn what_is_no_gguf_file_says_so() {
    assert_error(&refusal(b""), "bad_file", &["model.gguf", "truncated"]);
    assert_error(&refusal(b"GGU"), "bad_file", &["truncated"]);
    assert_error(&refusal(b"{\"a\": 1}"), "bad_file", &["no GGUF file"]);
    let bytes = small(|_| ());
    let version = |bytes: [u8; 4]| [b"GGUF".as_slice(), &bytes].concat();
    let changed = |to: [u8; 4]| with(&bytes, &version([3, 0, 0, 0]), &version(to));
    assert!(open(&changed([2, 0, 0, 0])).is_ok());
    assert_error(
        &refusal(&changed([0, 0, 0, 3])),
        "bad_file",
        &["big-endian"],
    );
    for number in [[1, 0, 0, 0], [4, 0, 0, 0], [0, 0, 0, 0]] {
        assert_error(&refusal(&changed(number)), "bad_file", &["GGUF version"]);
    }
}

#[test]
fn counts_and_lengths_that_lie_are_refused() {
    let bytes = small(|_| ());
    for at in [8, 16] {
        let mut changed = bytes.clone();
        changed[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_error(&refusal(&changed), "bad_file", &["at most 65536"]);
        changed[at..at + 8].copy_from_slice(&60_000_u64.to_le_bytes());
        assert_error(&refusal(&changed), "bad_file", &["model.gguf"]);
    }
    // The length of the first key, then that of its value.
    for at in [24, 24 + 8 + 20 + 4] {
        for lie in [u64::MAX, u64::MAX / 2, 1 << 40, 1 << 16] {
            let mut changed = bytes.clone();
            changed[at..at + 8].copy_from_slice(&lie.to_le_bytes());
            assert_error(&refusal(&changed), "bad_file", &["bytes"]);
        }
    }
}

#[test]
fn tensors_that_lie_are_refused() {
    let bytes = small(|_| ());
    let dims = |k: u64, n: u64| [k.to_le_bytes(), n.to_le_bytes()].concat();
    let shape = |k, n| with(&bytes, &dims(32, 2), &dims(k, n));
    assert_error(
        &refusal(&shape(33, 2)),
        "bad_file",
        &["\"blocks\"", "whole blocks of 32"],
    );
    assert_error(
        &refusal(&shape(1 << 40, 1 << 40)),
        "bad_file",
        &["too large"],
    );
    assert_error(&refusal(&shape(32, 1 << 40)), "bad_file", &["truncated"]);
    assert_error(&refusal(&shape(32, 3)), "bad_file", &["overlap"]);
    let with_type = |kind: u32| {
        let from = [dims(32, 2), 8_u32.to_le_bytes().to_vec()].concat();
        with(
            &bytes,
            &from,
            &[dims(32, 2), kind.to_le_bytes().to_vec()].concat(),
        )
    };
    assert_error(&refusal(&with_type(99)), "bad_file", &["unknown type 99"]);
    // A type that exists but is not read: the file opens, its weights are refused by name.
    let checkpoint = open(&with_type(20)).expect("opens");
    let error = read_all(&checkpoint, "blocks").expect_err("is not read");
    assert_error(&error, "unsupported_model", &["IQ4_NL", "Q4_K"]);
    // The vector's offset: 68 rounded up to the alignment.
    let at = [
        1_u32.to_le_bytes().as_slice(),
        &3_u64.to_le_bytes(),
        &0_u32.to_le_bytes(),
    ]
    .concat();
    let offset = |to: u64| {
        let from = [at.as_slice(), &96_u64.to_le_bytes()].concat();
        with(&bytes, &from, &[at.as_slice(), &to.to_le_bytes()].concat())
    };
    assert_error(&refusal(&offset(95)), "bad_file", &["no multiple of 32"]);
    assert_error(&refusal(&offset(64)), "bad_file", &["overlap"]);
    assert_error(&refusal(&offset(u64::MAX - 31)), "bad_file", &["truncated"]);
    assert_error(
        &refusal(&with(&bytes, b"vector", b"blocks")),
        "bad_file",
        &["two tensors"],
    );
}

#[test]
fn alignments_and_kinds_that_lie_are_refused() {
    let aligned = |alignment| small(|header| header.number("general.alignment", alignment));
    assert!(open(&aligned(32)).is_ok());
    for alignment in [0, 3, 1 << 30] {
        let error = refusal(&aligned(alignment));
        assert_error(&error, "bad_file", &["general.alignment", "power of two"]);
    }
    let error = refusal(&small(|header| {
        header.number("twice", 1);
        header.number("twice", 1);
    }));
    assert_error(&error, "bad_file", &["two entries \"twice\""]);
    let lists = small(|header| header.ids("list", &[1]));
    let list = |kind: u32| {
        [
            b"list".as_slice(),
            &9_u32.to_le_bytes(),
            &kind.to_le_bytes(),
        ]
        .concat()
    };
    let error = refusal(&with(&lists, &list(5), &list(9)));
    assert_error(&error, "bad_file", &["lists within the list"]);
    let error = refusal(&with(&lists, &list(5), &list(77)));
    assert_error(&error, "bad_file", &["unknown type 77"]);
}

/// Part `number` of a model in three, with one vector of its own.
fn part(number: u32, edit: impl FnOnce(&mut HeaderWriter)) -> Vec<u8> {
    let mut header = HeaderWriter::new();
    header.text("general.architecture", "none of ours");
    header.number("split.no", number - 1);
    header.number("split.count", 3);
    edit(&mut header);
    header.tensor(&format!("vector {number}"), &[1], SourceDtype::F32, 4);
    [header.finish(), (number as f32).to_le_bytes().to_vec()].concat()
}

/// Opens three parts.
fn open_parts(first: Vec<u8>, second: Vec<u8>, third: Vec<u8>) -> Result<Checkpoint<Memory>> {
    let files = Memory::new()
        .with("model.gguf", first)
        .with("model-00002-of-00003.gguf", second)
        .with("model-00003-of-00003.gguf", third);
    pollster::block_on(Checkpoint::open(files))
}

#[test]
fn a_model_in_parts_is_one_model() {
    let total = |header: &mut HeaderWriter| header.number("split.tensors.count", 3);
    let parts = |number| part(number, total);
    let checkpoint = open_parts(parts(1), parts(2), parts(3)).expect("opens");
    assert_eq!(checkpoint.container(), ("GGUF", 3));
    for number in 1..=3_u8 {
        let name = format!("vector {number}");
        assert_eq!(read_all(&checkpoint, &name), Ok(vec![f32::from(number)]));
    }
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let parts = |number| part(number, |_| ());
    let refusal = |first, second, third| open_parts(first, second, third).expect_err("opened");
    let error = refusal(parts(2), parts(2), parts(3));
    assert_error(&error, "bad_file", &["part 2 of 3", "name the first part"]);
    let error = refusal(parts(1), parts(3), parts(2));
    assert_error(&error, "bad_file", &["model-00002-of-00003.gguf is part 3"]);
    let wrong = |header: &mut HeaderWriter| header.number("split.tensors.count", 4);
    let error = refusal(part(1, wrong), parts(2), parts(3));
    assert_error(&error, "bad_file", &["hold 4 tensors, but they hold 3"]);
    let again = |header: &mut HeaderWriter| header.tensor("vector 1", &[1], SourceDtype::F32, 4);
    let error = refusal(parts(1), [part(2, again), vec![0; 32]].concat(), parts(3));
    assert_error(&error, "bad_file", &["\"vector 1\" is both in model.gguf"]);
    let error = refusal(parts(1), small(|_| ()), parts(3));
    assert_error(&error, "bad_file", &["does not say which part"]);
    let many = small(|header| {
        header.number("split.no", 0);
        header.number("split.count", u32::MAX);
    });
    assert_error(&self::refusal(&many), "bad_file", &["at most 1000"]);
    let alone = pollster::block_on(Checkpoint::open(Memory::new().with("model.gguf", parts(1))));
    let error = alone.expect_err("opened");
    assert_error(
        &error,
        "missing_file",
        &["model-00002-of-00003.gguf", "side by side"],
    );
}

#[test]
fn entries_that_would_change_the_numbers_are_refused() {
    let config = |edit: &dyn Fn(&mut HeaderWriter)| {
        let mut header = HeaderWriter::new();
        header.text("general.architecture", "llama");
        header.number("llama.embedding_length", 64);
        header.number("llama.attention.head_count", 4);
        edit(&mut header);
        let checkpoint = open(&header.finish()).expect("opens");
        let metadata = checkpoint.metadata().expect("has entries");
        config_json(metadata, &Landmarks::find(|_| None))
    };
    let usual = config(&|header| {
        header.number("llama.rope.dimension_count", 16);
        header.number("llama.attention.value_length", 16);
        header.number("llama.attention.sliding_window", 0);
    });
    assert_eq!(usual.expect("is usual")["hidden_size"], 64);
    for (key, value, words) in [
        ("rope.dimension_count", 8, "a part of each head"),
        ("attention.value_length", 32, "another length than keys"),
        ("attention.sliding_window", 512, "sliding-window"),
    ] {
        let error = config(&|header| header.number(&format!("llama.{key}"), value));
        let error = error.expect_err("is refused");
        assert_error(&error, "unsupported_model", &[words, &value.to_string()]);
    }
    let scaled = config(&|header| header.text("llama.rope.scaling.type", "yarn"));
    assert_eq!(
        scaled.expect("is for the model to refuse")["rope_scaling"]["rope_type"],
        "yarn"
    );
}

#[test]
fn scales_that_are_not_finite_are_refused() {
    let mut bytes = small(|_| ());
    let data = bytes.len() - 12 - 96;
    bytes[data + 34..][..2].copy_from_slice(&[0x00, 0x7e]);
    let checkpoint = open(&bytes).expect("the header is good");
    let error = read_all(&checkpoint, "blocks").expect_err("a scale is NaN");
    assert_error(&error, "bad_file", &["\"blocks\"", "row 1"]);
    // The way that does not unpack them sees it too.
    let blocks = crate::weights::Assembly::Stacked(vec!["blocks".to_owned()]);
    let format = crate::weights::Format::Q8_0;
    let packed = checkpoint.read_rows_packed(&blocks, 0..2, format, |_, _| Ok(()));
    let error = pollster::block_on(packed).expect_err("a scale is NaN");
    assert_error(&error, "bad_file", &["\"blocks\"", "row 1"]);
}

#[test]
fn heads_that_do_not_divide_the_rows_are_refused() {
    // Three heads for 32 rows of queries.
    let key = b"llama.attention.head_count\x04\x00\x00\x00";
    let heads = |n: u8| [key.as_slice(), &[n, 0, 0, 0]].concat();
    for n in [0, 3, 32] {
        let error = refusal(&with(REAL, &heads(2), &heads(n)));
        assert_error(&error, "bad_file", &["attn_q", "do not divide"]);
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let whole = open(REAL).expect("the whole file is good");
    exercise(&whole);
    let data = whole
        .tensors()
        .map(|t| t.offset)
        .min()
        .expect("has tensors") as usize;
    for length in (0..data)
        .step_by(37)
        .chain(data..REAL.len() - 32)
        .filter(|n| n % 11 == 0)
    {
        assert_error(&refusal(&REAL[..length]), "bad_file", &["model.gguf"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn changed_bytes_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = small(|header| {
            header.ids("ids", &[1, 2, 3]);
            header.text("tokenizer.chat_template", "{{ x }}");
        });
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(checkpoint) = open(&bytes) {
            exercise(&checkpoint);
        }
    }
}
