//! Products by relaxed SIMD in a browser: as those by the instructions that every engine has, to the
//! bit.

#![cfg(target_arch = "wasm32")]

use unmask_simd::{BLOCK, Blocks, COLUMNS, Instructions, Quants, Tile};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Numbers that look like noise.
fn noise(count: usize) -> impl Iterator<Item = u32> {
    let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    std::iter::successors(Some(7), next).take(count)
}

/// `[rows, COLUMNS]`: a product of noise by `instructions`.
fn product(instructions: Instructions, kind: Quants, rows: usize, blocks: usize) -> Vec<f32> {
    let k = blocks * BLOCK;
    let quants: Vec<u8> = noise(COLUMNS * blocks * kind.bytes())
        .map(|bits| (bits >> 24) as u8)
        .collect();
    let scales: Vec<u8> = noise(COLUMNS * blocks)
        .flat_map(|bits| [(bits >> 20) as u8, 0x20 | (bits >> 31) as u8])
        .collect();
    let tile = Tile::pack(&Blocks {
        kind,
        quants: &quants,
        scales: &scales,
        k,
    });
    let x: Vec<f32> = noise(rows * k).map(|bits| bits as i32 as f32).collect();
    let mut out = vec![0.0; rows * COLUMNS];
    let rounded = instructions.round(&x, k);
    instructions.multiply(&rounded, &tile, &mut out, COLUMNS);
    out
}

#[wasm_bindgen_test]
fn the_browsers_under_test_have_them() {
    assert!(unmask_wasm::install().expect("throws nothing"));
    assert_eq!(Instructions::best(), Instructions::RelaxedSimd);
}

#[wasm_bindgen_test]
fn every_instruction_set_gives_the_same_bits() {
    assert!(unmask_wasm::install().expect("throws nothing"));
    for kind in [Quants::Bytes, Quants::Nibbles] {
        for (rows, blocks) in [(1, 1), (3, 2), (4, 8), (5, 3), (9, 1)] {
            let plain = product(Instructions::Portable, kind, rows, blocks);
            assert!(plain.iter().any(|number| *number != 0.0));
            for instructions in [Instructions::Simd128, Instructions::RelaxedSimd] {
                let found = product(instructions, kind, rows, blocks);
                let same = (plain.iter().zip(&found)).all(|(a, b)| a.to_bits() == b.to_bits());
                assert!(
                    same,
                    "{instructions:?}, {kind:?}, {rows} rows, {blocks} blocks"
                );
            }
        }
    }
}
