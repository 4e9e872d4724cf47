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

#[test]
fn rows_know_where_they_come_from() {
    let values: Vec<f32> = (0..20).map(|i| i as f32).collect();
    let header = r#"{"a":{"dtype":"F32","shape":[4,2],"data_offsets":[0,32]},
        "b":{"dtype":"F32","shape":[4,2],"data_offsets":[32,64]},
        "c":{"dtype":"F32","shape":[2,2],"data_offsets":[64,80]}}"#;
    let file = safetensors(header, bytemuck::cast_slice(&values));
    let checkpoint = pollster::block_on(Checkpoint::open(folder(file))).expect("opens");
    let [a, b, c] = ["a", "b", "c"].map(str::to_owned);
    for assembly in [
        Assembly::Stacked(vec![c, a.clone(), b.clone()]),
        Assembly::Alternating(vec![[b, a.clone()]]),
        Assembly::Halves(a.clone()),
        Assembly::Reordered(a, vec![3..4, 0..2]),
    ] {
        let rows = |name: &String| checkpoint.require(name).expect("is there").rows();
        let counts: Vec<usize> = assembly.tensors().iter().map(rows).collect();
        let mut gathered = Vec::new();
        for (tensor, row) in assembly.origins(&counts) {
            let alone = Assembly::Stacked(vec![assembly.tensors()[tensor].clone()]);
            gathered.extend(read(&checkpoint, &alone, row..row + 1).unwrap());
        }
        let all = 0..gathered.len() / 2;
        assert_eq!(read(&checkpoint, &assembly, all).unwrap(), gathered);
    }
}
