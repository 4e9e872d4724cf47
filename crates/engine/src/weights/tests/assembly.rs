//! Parameters made of tensors that lie otherwise: halves, other orders, columns as rows.

use std::ops::Range;

use super::{assert_error, folder, safetensors};
use crate::Result;
use crate::weights::{Assembly, Checkpoint, Memory};

/// A checkpoint with one F32 tensor `t` of shape `[n, k]` that counts from 0.
fn counting(n: usize, k: usize) -> Checkpoint<Memory> {
    let values: Vec<f32> = (0..n * k).map(|i| i as f32).collect();
    let end = values.len() * 4;
    let header = format!(r#"{{"t":{{"dtype":"F32","shape":[{n},{k}],"data_offsets":[0,{end}]}}}}"#);
    let file = safetensors(&header, bytemuck::cast_slice(&values));
    pollster::block_on(Checkpoint::open(folder(file))).expect("opens")
}

fn read(
    checkpoint: &Checkpoint<Memory>,
    assembly: &Assembly,
    rows: Range<usize>,
) -> Result<Vec<f32>> {
    let mut out = vec![f32::NAN; 2]; // what it held is replaced
    pollster::block_on(checkpoint.read_assembled(assembly, rows, &mut out))?;
    Ok(out)
}

#[test]
fn halves_alternate() {
    let checkpoint = counting(8, 2);
    let halves = Assembly::Halves("t".to_owned());
    assert_eq!(checkpoint.assembled_shape(&halves).unwrap(), (8, 2));
    let rows = read(&checkpoint, &halves, 2..6).unwrap();
    assert_eq!(rows, [2., 3., 10., 11., 4., 5., 12., 13.]);
}

#[test]
fn rows_come_in_the_order_that_is_asked_for() {
    let checkpoint = counting(6, 1);
    let reordered = Assembly::Reordered("t".to_owned(), vec![4..6, 0..2, 3..4]);
    assert_eq!(checkpoint.assembled_shape(&reordered).unwrap(), (5, 1));
    let all = 0..usize::MAX;
    let rows = read(&checkpoint, &reordered, all).unwrap();
    assert_eq!(rows, [4., 5., 0., 1., 3.]);
    assert_eq!(read(&checkpoint, &reordered, 1..3).unwrap(), [5., 0.]);
    let beyond = Assembly::Reordered("t".to_owned(), vec![4..7, 0..1]);
    let error = read(&checkpoint, &beyond, 0..4).unwrap_err();
    assert_error(&error, "bad_input", &["6 rows"]);
}

#[test]
fn columns_become_rows() {
    let transposed = Assembly::Transposed("t".to_owned());
    let checkpoint = counting(2, 3);
    assert_eq!(checkpoint.assembled_shape(&transposed).unwrap(), (3, 2));
    assert_eq!(
        read(&checkpoint, &transposed, 1..3).unwrap(),
        [1., 4., 2., 5.]
    );
    // Larger than what is read at a time.
    let (n, k) = (2100, 1024);
    let rows = read(&counting(n, k), &transposed, 1000..1024).unwrap();
    let value = |row: usize, column: usize| (column * k + 1000 + row) as f32;
    let expected = (0..24).flat_map(|row| (0..n).map(move |column| value(row, column)));
    assert!(rows.into_iter().eq(expected));
}
