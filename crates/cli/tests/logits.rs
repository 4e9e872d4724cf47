//! `unmask logits` on the embedded model.

mod support;

use support::{on_model, scratch, stdout, tiny};

/// Shape text and values of an npy file of float32.
fn read_npy(bytes: &[u8]) -> (String, Vec<f32>) {
    assert!(bytes.starts_with(b"\x93NUMPY\x01\x00"));
    let data = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8(bytes[10..data].to_vec()).expect("ASCII");
    let values = bytes[data..].chunks_exact(4);
    let values = values.map(|four| f32::from_le_bytes(four.try_into().expect("four bytes")));
    (header, values.collect())
}

#[test]
fn a_row_of_logits_for_each_id() {
    let out = scratch("logits").join("out.npy");
    let path = out.to_str().unwrap();
    let output = on_model("logits", &tiny(), &["--ids", "2,300,3,1,1", "--out", path]);
    assert_eq!(stdout(&output), "");
    let (header, values) = read_npy(&std::fs::read(&out).unwrap());
    assert!(
        header.contains("'<f4'") && header.contains("(5, 4096)"),
        "{header}"
    );
    assert_eq!(values.len(), 5 * 4096);
    assert!(values.iter().all(|value| value.is_finite()));
    assert_ne!(values[..4096], values[4096..2 * 4096]);
}
