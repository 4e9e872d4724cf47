//! Bit for bit what ggml's own encoder makes; `tests/golden/quant/make.py` wrote the files.

use super::super::format::Format;

macro_rules! golden {
    ($file:literal) => {
        include_bytes!(concat!("../../../../../tests/golden/quant/", $file)).as_slice()
    };
}

const N: usize = 40;
const K: usize = 64;

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}

/// Compares planes with ggml's interleaved blocks (scale, quants), then the unpacked weights.
fn compare(format: Format, block_bytes: usize, packed: &[u8], unpacked: &[u8]) {
    let rows = floats(golden!("rows.f32"));
    assert_eq!(rows.len(), N * K);
    let planes = format.pack(&rows, K).expect("fits");
    let quant_bytes = block_bytes - 2;
    assert_eq!(packed.len(), N * K / 32 * block_bytes);
    for (index, block) in packed.chunks(block_bytes).enumerate() {
        let (scale, quants) = block.split_at(2);
        assert_eq!(
            &planes.scales[2 * index..][..2],
            scale,
            "{format} scale {index}"
        );
        assert_eq!(
            &planes.quants[quant_bytes * index..][..quant_bytes],
            quants,
            "{format} block {index}"
        );
    }
    let buffer = [planes.quants, planes.scales].concat();
    let mut back = vec![f32::NAN; N * K];
    format.unpack(&buffer, (N, K), 0..N, &mut back);
    assert_eq!(back, floats(unpacked), "{format} unpacked");
}

#[test]
fn q8_0_is_ggml_bit_for_bit() {
    compare(Format::Q8_0, 34, golden!("q8_0.ggml"), golden!("q8_0.f32"));
}

#[test]
fn q4_0_is_ggml_bit_for_bit() {
    compare(Format::Q4_0, 18, golden!("q4_0.ggml"), golden!("q4_0.f32"));
}
