//! Opening folders and reading rows.

use super::super::{Checkpoint, Memory, SourceDtype};
use super::{assert_error, open, read_all, safetensors, small_file};
use crate::Error;

const INDEX: &str = "model.safetensors.index.json";

/// A file with one F32 tensor `name` of shape `[1]` holding `value`, and the same in `spare`.
fn shard(name: &str, value: f32) -> Vec<u8> {
    let header = format!(
        r#"{{"{name}":{{"dtype":"F32","shape":[1],"data_offsets":[0,4]}},
            "spare":{{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}}}"#
    );
    safetensors(
        &header,
        &[value.to_le_bytes(), value.to_le_bytes()].concat(),
    )
}

fn sharded(index: &str) -> Memory {
    Memory::new()
        .with("one.safetensors", shard("a", 1.0))
        .with("two.safetensors", shard("b", 2.0))
        .with(INDEX, index)
}

fn open_error(files: Memory) -> Error {
    let opened = pollster::block_on(Checkpoint::open(files));
    opened.expect_err("a bad folder was opened")
}

#[test]
fn a_single_file_gives_its_tensors() {
    let checkpoint = open(small_file()).expect("opens");
    let names: Vec<&str> = checkpoint.names().collect();
    assert_eq!(names, ["brain", "count", "half", "weight"]);
    let weight = checkpoint.tensor("weight").expect("is there");
    assert_eq!((weight.rows(), weight.columns()), (2, 3));
    assert_eq!(weight.dtype, SourceDtype::F32);
    assert_eq!(
        read_all(&checkpoint, "weight"),
        Ok(vec![1., 2., 3., 4., 5., 6.])
    );
    assert_eq!(
        read_all(&checkpoint, "half"),
        Ok(vec![1.0, -(2.0_f32.powi(-24))])
    );
    assert_eq!(read_all(&checkpoint, "brain"), Ok(vec![1.0]));
}

#[test]
fn rows_are_read_by_range() {
    let checkpoint = open(small_file()).expect("opens");
    let read = |rows| {
        let mut out = vec![9.0];
        pollster::block_on(checkpoint.read_rows_f32("weight", rows, &mut out)).map(|()| out)
    };
    assert_eq!(read(1..2), Ok(vec![4.0, 5.0, 6.0]));
    assert_eq!(read(1..1), Ok(vec![]));
    let error = read(1..3).expect_err("there are two rows");
    assert_error(&error, "bad_input", &["\"weight\"", "2 rows", "1..3"]);
}

#[test]
fn tensors_that_cannot_be_read_say_why() {
    let checkpoint = open(small_file()).expect("opens");
    let error = read_all(&checkpoint, "count").expect_err("integers are no weights");
    assert_error(
        &error,
        "unsupported_model",
        &["\"count\"", "I64", "F32, F16 and BF16"],
    );
    let error = read_all(&checkpoint, "bias").expect_err("is not there");
    assert_error(&error, "missing_tensor", &["\"bias\"", "4 tensors"]);
}

#[test]
fn weights_that_are_not_finite_are_refused_with_their_row() {
    for (dtype, bytes, shown) in [
        ("F32", f32::NAN.to_le_bytes().to_vec(), "NaN"),
        ("F32", f32::NEG_INFINITY.to_le_bytes().to_vec(), "-inf"),
        ("F16", vec![0x00, 0x7c], "inf"),
        ("F16", vec![0x01, 0xfc], "NaN"),
        ("BF16", vec![0x80, 0x7f], "inf"),
        ("BF16", vec![0xc0, 0x7f], "NaN"),
    ] {
        let end = 6 * bytes.len();
        let header =
            format!(r#"{{"t":{{"dtype":"{dtype}","shape":[3,2],"data_offsets":[0,{end}]}}}}"#);
        let mut data = vec![0; end];
        data[5 * bytes.len()..].copy_from_slice(&bytes);
        let checkpoint = open(safetensors(&header, &data)).expect("the header is good");
        let error = read_all(&checkpoint, "t").expect_err("a weight is not finite");
        assert_error(
            &error,
            "bad_file",
            &["model.safetensors", "\"t\"", shown, "row 2, column 1"],
        );
        let mut out = Vec::new();
        let good = pollster::block_on(checkpoint.read_rows_f32("t", 0..2, &mut out));
        assert_eq!(good, Ok(()), "the other rows are fine");
    }
}

#[test]
fn tensors_without_elements_are_read_as_nothing() {
    let header = r#"{"a":{"dtype":"F32","shape":[0,4],"data_offsets":[0,0]},
        "b":{"dtype":"F16","shape":[1152921504606846975,0],"data_offsets":[0,0]}}"#;
    let checkpoint = open(safetensors(header, b"")).expect("opens");
    assert_eq!(read_all(&checkpoint, "a"), Ok(vec![]));
    assert_eq!(read_all(&checkpoint, "b"), Ok(vec![]));
}

#[test]
fn an_empty_folder_names_what_was_looked_for() {
    let error = open_error(Memory::new());
    assert_error(&error, "missing_file", &["model.safetensors", INDEX]);
}

#[test]
fn shards_are_joined_by_the_index() {
    let files = sharded(
        r#"{"metadata":{"total_size":12},
            "weight_map":{"a":"one.safetensors","b":"two.safetensors","spare":"two.safetensors"}}"#,
    );
    let checkpoint = pollster::block_on(Checkpoint::open(files)).expect("opens");
    assert_eq!(read_all(&checkpoint, "a"), Ok(vec![1.0]));
    assert_eq!(read_all(&checkpoint, "b"), Ok(vec![2.0]));
    assert_eq!(
        read_all(&checkpoint, "spare"),
        Ok(vec![2.0]),
        "the index decides"
    );
    assert_eq!(checkpoint.names().len(), 3);
}

#[test]
fn an_index_that_lies_is_refused() {
    let bad = |index: &str| open_error(sharded(index));
    let error = bad(r#"{"weight_map":{"a":"three.safetensors"}}"#);
    assert_error(&error, "missing_file", &["\"three.safetensors\"", INDEX]);
    let error = bad(r#"{"weight_map":{"b":"one.safetensors"}}"#);
    assert_error(
        &error,
        "bad_file",
        &["\"b\"", "one.safetensors", "does not hold it"],
    );
    for index in ["", "[]", "{}", r#"{"weight_map":{"a":1}}"#, "\u{feff}{}"] {
        assert_error(&bad(index), "bad_file", &[INDEX, "not a shard index"]);
    }
    assert_error(
        &bad(r#"{"weight_map":{}}"#),
        "bad_file",
        &["names no tensor"],
    );
}

#[test]
fn an_index_may_not_name_paths_or_addresses() {
    for shard in [
        "../x.safetensors",
        "/x.safetensors",
        "c:\\\\x.safetensors",
        "a?.safetensors",
        "x",
    ] {
        let error = open_error(sharded(&format!(r#"{{"weight_map":{{"a":"{shard}"}}}}"#)));
        assert_error(
            &error,
            "bad_file",
            &["\"a\"", "expected a .safetensors file name"],
        );
    }
}

#[test]
fn a_shard_that_is_damaged_is_named() {
    let mut bytes = shard("b", 2.0);
    bytes.pop();
    let files = sharded(r#"{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}"#)
        .with("two.safetensors", bytes);
    assert_error(
        &open_error(files),
        "bad_file",
        &["two.safetensors", "truncated"],
    );
}
