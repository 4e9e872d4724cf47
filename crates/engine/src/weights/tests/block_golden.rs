//! Bit for bit what ggml's own decoder makes of blocks; `tests/golden/quant/make.py` wrote the
//! files.

use super::super::blocks::BlockType;
use super::super::format::Format;

/// The blocks of one type and the weights that ggml makes of them.
macro_rules! golden {
    ($name:literal, $kind:literal) => {
        [
            include_bytes!(concat!(
                "../../../../../tests/golden/quant/",
                $name,
                ".",
                $kind
            ))
            .as_slice(),
            include_bytes!(concat!("../../../../../tests/golden/quant/", $name, ".f32")),
        ]
    };
}

fn golden(kind: BlockType) -> [&'static [u8]; 2] {
    match kind {
        BlockType::Q4_0 => golden!("q4_0", "ggml"),
        BlockType::Q8_0 => golden!("q8_0", "ggml"),
        BlockType::Q4_1 => golden!("q4_1", "blocks"),
        BlockType::Q5_0 => golden!("q5_0", "blocks"),
        BlockType::Q5_1 => golden!("q5_1", "blocks"),
        BlockType::Q4K => golden!("q4_k", "blocks"),
        BlockType::Q5K => golden!("q5_k", "blocks"),
        BlockType::Q6K => golden!("q6_k", "blocks"),
    }
}

#[test]
fn every_type_is_ggml_bit_for_bit() {
    for kind in BlockType::ALL {
        let [blocks, expected] = golden(kind);
        let expected: &[f32] = &bytemuck::pod_collect_to_vec::<u8, f32>(expected);
        assert_eq!(blocks.len() / kind.bytes() * kind.weights(), expected.len());
        assert!(expected.len() >= 2048);
        let mut out = vec![f32::NAN; expected.len()];
        kind.unpack(blocks, &mut out);
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let same = bits(&out) == bits(expected);
        assert!(same, "{} differs", kind.as_str());
    }
}

#[test]
fn blocks_of_a_resident_format_are_moved_not_rounded() {
    for format in [Format::Q8_0, Format::Q4_0] {
        let kind = format.block_type().expect("is a block type");
        let [blocks, expected] = golden(kind);
        let planes = format.split_blocks(blocks).expect("finite scales");
        let mut back = Vec::new();
        format.join_blocks(&planes, expected.len() / 4, &mut back);
        assert_eq!(back, blocks);
        let (n, k) = (40, 64);
        let mut out = vec![f32::NAN; n * k];
        format.unpack(
            &[planes.quants, planes.scales].concat(),
            (n, k),
            0..n,
            &mut out,
        );
        assert_eq!(
            out,
            bytemuck::pod_collect_to_vec::<u8, f32>(expected),
            "{format}"
        );
    }
}

#[test]
fn a_scale_that_is_not_finite_is_found() {
    let [blocks, _] = golden(BlockType::Q4_0);
    let mut blocks = blocks.to_vec();
    blocks[5 * 18..][..2].copy_from_slice(&[0x00, 0xfc]);
    assert_eq!(Format::Q4_0.split_blocks(&blocks), Err(5));
}
