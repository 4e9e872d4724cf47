//! Headers that lie, each with the error it must get.

use super::{assert_error, open, safetensors};

/// Opens `bytes` and asserts a `bad_file` that names the file and holds `parts`.
#[track_caller]
fn refuse(bytes: Vec<u8>, parts: &[&str]) {
    let error = open(bytes).expect_err("a bad file was opened");
    assert_error(&error, "bad_file", &["model.safetensors"]);
    assert_error(&error, "bad_file", parts);
}

#[test]
fn files_too_short_for_a_header_are_refused() {
    refuse(vec![], &["holds 0 bytes", "8 or more"]);
    refuse(vec![1; 7], &["holds 7 bytes"]);
    refuse(vec![0; 8], &["does not begin with '{'"]);
}

#[test]
fn header_lengths_that_lie_are_refused() {
    let claiming = |length: u64| [&length.to_le_bytes()[..], b"{}"].concat();
    refuse(claiming(3), &["claims a header of 3 bytes", "holds 10"]);
    refuse(claiming(100_000_000), &["claims a header of 100000000"]);
    refuse(claiming(100_000_001), &["at most 100000000"]);
    refuse(
        claiming(u64::MAX),
        &["claims a header of 18446744073709551615"],
    );
    refuse(claiming(1), &["bad header", "EOF"]);
    refuse(claiming(0), &["does not begin with '{'"]);
}

#[test]
fn headers_that_are_not_json_objects_are_refused() {
    let mut bytes = safetensors("{\"a\":1}", b"");
    bytes[10] = 0xff;
    refuse(bytes, &["not UTF-8"]);
    refuse(safetensors("[]", b""), &["does not begin with '{'"]);
    refuse(safetensors(" {}", b""), &["does not begin with '{'"]);
    refuse(safetensors("{", b""), &["bad header", "EOF"]);
    refuse(safetensors("{} x", b""), &["bad header", "trailing"]);
    refuse(safetensors("{,}", b""), &["bad header"]);
    refuse(safetensors(&"{\"a\":".repeat(500), b""), &["bad header"]);
    let nested = format!("{{\"__metadata__\":{}", "[".repeat(100_000));
    refuse(safetensors(&nested, b""), &["bad header", "EOF"]);
}

/// One tensor called `t` with 8 bytes of data, and a part of the error it must get.
const ENTRIES: [(&str, &str); 22] = [
    (r#"3"#, "invalid type"),
    (r#"{}"#, "missing field `dtype`"),
    (
        r#"{"dtype":"F32","shape":[2]}"#,
        "missing field `data_offsets`",
    ),
    (
        r#"{"dtype":"F32","data_offsets":[0,8]}"#,
        "missing field `shape`",
    ),
    (
        r#"{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}"#,
        "duplicate field",
    ),
    (
        r#"{"dtype":"Q9","shape":[2],"data_offsets":[0,8]}"#,
        "unknown dtype \"Q9\"",
    ),
    (
        r#"{"dtype":"f32","shape":[2],"data_offsets":[0,8]}"#,
        "unknown dtype \"f32\"",
    ),
    (
        r#"{"dtype":7,"shape":[2],"data_offsets":[0,8]}"#,
        "expected a dtype",
    ),
    (
        r#"{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}"#,
        "invalid value",
    ),
    (
        r#"{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}"#,
        "floating point",
    ),
    (
        r#"{"dtype":"F32","shape":2,"data_offsets":[0,8]}"#,
        "a list of dimensions",
    ),
    (
        r#"{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}"#,
        "over 8 dimensions",
    ),
    (
        r#"{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}"#,
        "too large",
    ),
    (
        r#"{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}"#,
        "too large",
    ),
    (
        r#"{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}"#,
        "floating point",
    ),
    (
        r#"{"dtype":"F4","shape":[3],"data_offsets":[0,8]}"#,
        "no whole bytes",
    ),
    (
        r#"{"dtype":"F32","shape":[2],"data_offsets":[0]}"#,
        "an array of length 2",
    ),
    (
        r#"{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}"#,
        "bad header",
    ),
    (
        r#"{"dtype":"F32","shape":[2],"data_offsets":[8,0]}"#,
        "[8, 0] do not lie within the 8",
    ),
    (
        r#"{"dtype":"F32","shape":[3],"data_offsets":[0,12]}"#,
        "[0, 12] do not lie within the 8",
    ),
    (
        r#"{"dtype":"F32","shape":[1],"data_offsets":[0,8]}"#,
        "takes 4 bytes",
    ),
    (
        r#"{"dtype":"F16","shape":[2],"data_offsets":[0,8]}"#,
        "F16 of shape [2] takes 4 bytes",
    ),
];

#[test]
fn entries_that_lie_are_refused_by_name() {
    for (entry, part) in ENTRIES {
        let header = format!("{{\"t\":{entry}}}");
        refuse(safetensors(&header, &[0; 8]), &["tensor \"t\"", part]);
    }
}

/// A header of two F32 tensors of one element each at these offsets.
fn two(first: [u64; 2], second: [u64; 2]) -> String {
    let entry = |[begin, end]: [u64; 2]| {
        format!(r#"{{"dtype":"F32","shape":[1],"data_offsets":[{begin},{end}]}}"#)
    };
    format!(r#"{{"a":{},"b":{}}}"#, entry(first), entry(second))
}

#[test]
fn layouts_with_overlap_gap_or_rest_are_refused() {
    let data = |count| vec![0; count];
    refuse(
        safetensors(&two([0, 4], [2, 6]), &data(6)),
        &["\"b\" overlaps"],
    );
    refuse(safetensors(&two([0, 4], [0, 4]), &data(4)), &["overlaps"]);
    refuse(
        safetensors(&two([0, 4], [8, 12]), &data(12)),
        &["4 unused bytes before tensor \"b\""],
    );
    refuse(
        safetensors(&two([4, 8], [8, 12]), &data(12)),
        &["4 unused bytes before tensor \"a\""],
    );
    refuse(
        safetensors(&two([0, 4], [4, 8]), &data(9)),
        &["1 bytes that belong to no tensor"],
    );
    refuse(
        safetensors("{}", &data(1)),
        &["1 bytes that belong to no tensor"],
    );
}

#[test]
fn duplicate_keys_are_refused() {
    let entry = r#"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#;
    let twice = format!(r#"{{"t":{entry},"t":{entry}}}"#);
    refuse(
        safetensors(&twice, &[0; 4]),
        &["tensor \"t\"", "appears twice"],
    );
    let metadata = r#"{"__metadata__":{},"__metadata__":{}}"#;
    refuse(
        safetensors(metadata, b""),
        &["\"__metadata__\" appears twice"],
    );
}

#[test]
fn errors_stay_short_whatever_they_quote() {
    let long = "x".repeat(1 << 20);
    for header in [
        format!(r#"{{"{long}":3}}"#),
        format!(r#"{{"t":"{long}"}}"#),
        format!(r#"{{"t":{{"dtype":"{long}"}}}}"#),
    ] {
        let error = open(safetensors(&header, b"")).expect_err("a bad file was opened");
        assert_error(&error, "bad_file", &["bad header"]);
        assert!(error.message.len() < 3000, "{} bytes", error.message.len());
    }
}
