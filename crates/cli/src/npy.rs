//! NumPy's array file, format version 1.0.

use std::io::{Error, Write};

/// Writes `values` as float32 `[rows, columns]`, row-major.
pub fn write(
    out: &mut impl Write,
    rows: usize,
    columns: usize,
    values: &[f32],
) -> Result<(), Error> {
    debug_assert_eq!(values.len(), rows * columns);
    out.write_all(&header(rows, columns))?;
    for row in values.chunks(columns.max(1)) {
        let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
        out.write_all(&bytes)?;
    }
    out.flush()
}

/// Magic, version, length, and a Python dictionary, padded so that data starts at a multiple of 64.
fn header(rows: usize, columns: usize) -> Vec<u8> {
    const PREFIX: usize = 10;
    let mut text =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let length = (PREFIX + text.len() + 1).next_multiple_of(64) - PREFIX;
    text += &" ".repeat(length - text.len() - 1);
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    let length = u16::try_from(length).expect("two numbers fit the shortest header");
    header.extend(length.to_le_bytes());
    header.extend(text.as_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn data_follows_an_aligned_header() {
        let mut file = Vec::new();
        write(&mut file, 2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.5]).unwrap();
        assert_eq!(&file[..8], b"\x93NUMPY\x01\x00");
        let data = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
        assert_eq!(data % 64, 0);
        assert_eq!(file[data - 1], b'\n');
        assert!(
            file[10..data]
                .starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }")
        );
        assert_eq!(file.len(), data + 24);
        assert_eq!(file[file.len() - 4..], 6.5f32.to_le_bytes());
    }
}
