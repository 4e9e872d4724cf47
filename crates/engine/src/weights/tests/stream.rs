//! Packing by groups gives the buffer that packing at once gives, in little memory.

use std::cell::Cell;
use std::ops::Range;

use super::super::{Checkpoint, Files, Format, Memory};
use super::{assert_error, folder, safetensors};
use crate::random::{mix, uniform};
use crate::weights::Assembly;
use crate::{Error, ErrorCode, Result};

/// A file with one F32 tensor `t` of shape `[n, k]`.
fn file(weights: &[f32], n: usize, k: usize) -> Vec<u8> {
    let end = weights.len() * 4;
    let header = format!(r#"{{"t":{{"dtype":"F32","shape":[{n},{k}],"data_offsets":[0,{end}]}}}}"#);
    safetensors(&header, bytemuck::cast_slice(weights))
}

fn weights(count: usize) -> Vec<f32> {
    (0..count as u32)
        .map(|i| uniform(mix(i ^ 7)) - 0.5)
        .collect()
}

/// Streams rows `rows` of `t` into a buffer, checking that the pieces tile it.
fn stream<F: Files>(checkpoint: &Checkpoint<F>, rows: Range<usize>, format: Format) -> Vec<u8> {
    let columns = checkpoint.tensor("t").expect("is there").columns();
    let bytes = format.bytes(rows.len(), columns) as usize;
    let (mut buffer, mut written) = (vec![0; bytes], 0);
    let sink = |at: u64, piece: &[u8]| {
        assert!(
            at.is_multiple_of(4) && piece.len().is_multiple_of(4),
            "whole words"
        );
        buffer[at as usize..][..piece.len()].copy_from_slice(piece);
        written += piece.len();
        Ok(())
    };
    pollster::block_on(checkpoint.read_rows_packed(&of_t(), rows, format, sink)).expect("streams");
    assert_eq!(written, bytes, "every byte is written once");
    buffer
}

/// The parameter that is tensor "t" alone.
fn of_t() -> Assembly {
    Assembly::Stacked(vec!["t".to_owned()])
}

/// The buffer as one call packs it.
fn at_once(weights: &[f32], k: usize, format: Format) -> Vec<u8> {
    let planes = format.pack(weights, k).expect("fits");
    [planes.quants, planes.scales].concat()
}

#[test]
fn streaming_equals_packing_at_once() {
    // The last shape takes several groups: 2 Mi weights each.
    for (n, k) in [(1, 32), (31, 64), (33, 96), (70, 34), (3, 7), (4200, 1056)] {
        let weights = weights(n * k);
        let checkpoint = super::open(file(&weights, n, k)).expect("opens");
        for format in Format::ALL.map(|format| format.for_columns(k)) {
            let whole = stream(&checkpoint, 0..n, format);
            assert!(
                whole == at_once(&weights, k, format),
                "{format} of [{n}, {k}]"
            );
            let shard = stream(&checkpoint, n / 3..n, format);
            assert!(
                shard == at_once(&weights[n / 3 * k..], k, format),
                "{format} shard"
            );
        }
    }
}

#[test]
fn reading_asks_for_little_at_a_time() {
    struct Watched(Memory, Cell<u64>);
    impl Files for Watched {
        async fn size(&self, file: &str) -> Result<Option<u64>> {
            self.0.size(file).await
        }
        async fn read(&self, file: &str, range: Range<u64>) -> Result<Vec<u8>> {
            self.1.set(self.1.get().max(range.end - range.start));
            self.0.read(file, range).await
        }
    }
    let (n, k) = (2000, 1024);
    let files = Watched(folder(file(&weights(n * k), n, k)), Cell::new(0));
    let checkpoint = pollster::block_on(Checkpoint::open(files)).expect("opens");
    stream(&checkpoint, 0..n, Format::Q8_0);
    assert_eq!(checkpoint.files().1.get(), 4 << 20);
}

#[test]
fn what_cannot_be_packed_says_why() {
    let mut weights = weights(40 * 32);
    weights[35 * 32 + 3] = 1.0e7;
    let checkpoint = super::open(file(&weights, 40, 32)).expect("opens");
    let pack = |rows, format| {
        pollster::block_on(checkpoint.read_rows_packed(&of_t(), rows, format, |_, _| Ok(())))
    };
    assert_eq!(pack(0..40, Format::F32), Ok(()));
    let error = pack(33..40, Format::Q4_0).expect_err("is too large");
    assert_error(
        &error,
        "unsupported_model",
        &[
            "model.safetensors",
            "\"t\"",
            "10000000",
            "row 35",
            "q4_0",
            "f32",
        ],
    );

    let checkpoint = super::open(file(&[1.0; 34], 1, 34)).expect("opens");
    let sink = |_: u64, _: &[u8]| Ok(());
    let packed = pollster::block_on(checkpoint.read_rows_packed(&of_t(), 0..1, Format::Q8_0, sink));
    assert_error(
        &packed.expect_err("34 columns"),
        "bad_input",
        &["34", "q8_0", "use f16"],
    );
}

#[test]
fn an_error_of_the_sink_stops_the_stream() {
    let checkpoint = super::open(file(&weights(64), 1, 64)).expect("opens");
    let lost = Error::new(ErrorCode::DeviceLost, "gone");
    let sink = |_: u64, _: &[u8]| Err(lost.clone());
    let packed = pollster::block_on(checkpoint.read_rows_packed(&of_t(), 0..1, Format::Q8_0, sink));
    assert_eq!(packed, Err(lost.clone()));
}

#[test]
fn rows_without_columns_end_at_once() {
    let header = r#"{"t":{"dtype":"F32","shape":[1152921504606846975,0],"data_offsets":[0,0]}}"#;
    let checkpoint = super::open(safetensors(header, b"")).expect("opens");
    let rows = 0..1 << 59;
    let t = of_t();
    let packed = checkpoint.read_rows_packed(&t, rows, Format::Q8_0, |_, _| panic!("no bytes"));
    assert_eq!(pollster::block_on(packed), Ok(()));
}
