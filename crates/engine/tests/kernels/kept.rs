//! Keys and values as they are kept, written from the formats' descriptions.

use half::f16;
use unmask_engine::kernels::kv::KvFormat;

/// Heads of `head_dim` numbers in a format, and the numbers that it holds.
pub fn packed(kv: KvFormat, head_dim: usize, numbers: &[f32]) -> (Vec<u32>, Vec<f32>) {
    let heads = numbers.chunks_exact(head_dim);
    let words = heads.flat_map(|head| match kv {
        KvFormat::F32 => head.iter().map(|v| v.to_bits()).collect(),
        KvFormat::F16 => halves(head),
        KvFormat::Q8_0 => blocks(head),
    });
    let words: Vec<u32> = words.collect();
    let held = unpacked(kv, head_dim, &words);
    (words, held)
}

fn halves(head: &[f32]) -> Vec<u32> {
    let bits = |v: f32| u32::from(f16::from_f32(v).to_bits());
    let pairs = head.chunks_exact(2);
    pairs
        .map(|pair| bits(pair[0]) | bits(pair[1]) << 16)
        .collect()
}

fn blocks(head: &[f32]) -> Vec<u32> {
    let step = |block: &[f32]| block.iter().fold(0.0_f32, |m, v| m.max(v.abs())) / 127.0;
    let blocks = head.chunks_exact(32);
    let bytes = blocks.clone().flat_map(|block| {
        let step = step(block);
        block.iter().map(move |v| (v / step).round() as i8 as u8)
    });
    let bytes: Vec<u8> = bytes.collect();
    let words = bytes.chunks_exact(4);
    let words = words.map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
    words
        .chain(blocks.map(|block| step(block).to_bits()))
        .collect()
}

/// The numbers of heads in a format.
pub fn unpacked(kv: KvFormat, head_dim: usize, words: &[u32]) -> Vec<f32> {
    let heads = words.chunks_exact(kv.words(head_dim));
    let numbers = heads.flat_map(|head| (0..head_dim).map(|i| number(kv, head_dim, head, i)));
    numbers.collect()
}

fn number(kv: KvFormat, head_dim: usize, head: &[u32], i: usize) -> f32 {
    match kv {
        KvFormat::F32 => f32::from_bits(head[i]),
        KvFormat::F16 => f16::from_bits((head[i / 2] >> (i % 2 * 16)) as u16).to_f32(),
        KvFormat::Q8_0 => {
            let byte = (head[i / 4] >> (i % 4 * 8)) as u8 as i8;
            f32::from(byte) * f32::from_bits(head[head_dim / 4 + i / 32])
        }
    }
}
