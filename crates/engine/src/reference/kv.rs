//! Keys and values as they are kept, a head at a time.

use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};

use crate::kernels::kv::{BLOCK, KvFormat};

/// Reads head `index` of a store into `out`, whose length is the head's.
pub(crate) fn load(format: KvFormat, store: &[u32], index: usize, out: &mut [f32]) {
    let words = format.words(out.len());
    let head = &store[index * words..][..words];
    match format {
        KvFormat::F32 => out.copy_from_slice(bytemuck::cast_slice(head)),
        KvFormat::F16 => {
            let halves: &[u16] = bytemuck::cast_slice(head);
            halves.reinterpret_cast::<f16>().convert_to_f32_slice(out);
        }
        KvFormat::Q8_0 => {
            let (bytes, scales) = head.split_at(out.len() / 4);
            let bytes: &[i8] = bytemuck::cast_slice(bytes);
            let blocks = out.chunks_exact_mut(BLOCK).zip(bytes.chunks_exact(BLOCK));
            for ((out, bytes), scale) in blocks.zip(scales) {
                for (out, byte) in out.iter_mut().zip(bytes) {
                    *out = f32::from(*byte) * f32::from_bits(*scale);
                }
            }
        }
    }
}

/// Puts `numbers` where head `index` of a store is kept.
pub(crate) fn keep(format: KvFormat, store: &mut [u32], index: usize, numbers: &[f32]) {
    let words = format.words(numbers.len());
    let head = &mut store[index * words..][..words];
    match format {
        KvFormat::F32 => head.copy_from_slice(bytemuck::cast_slice(numbers)),
        KvFormat::F16 => {
            let halves: &mut [u16] = bytemuck::cast_slice_mut(head);
            for (half, number) in halves.iter_mut().zip(numbers) {
                *half = f16::from_f32(number.clamp(-65504.0, 65504.0)).to_bits();
            }
        }
        KvFormat::Q8_0 => {
            let (bytes, scales) = head.split_at_mut(numbers.len() / 4);
            let bytes: &mut [i8] = bytemuck::cast_slice_mut(bytes);
            let blocks = numbers
                .chunks_exact(BLOCK)
                .zip(bytes.chunks_exact_mut(BLOCK));
            for ((numbers, bytes), scale) in blocks.zip(scales) {
                let largest = numbers.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
                let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
                for (byte, number) in bytes.iter_mut().zip(numbers) {
                    // The nearest whole number, ties to even, in the low bits of the mantissa.
                    *byte = (number * inverse + 12_582_912.0).to_bits() as i8;
                }
                *scale = (largest / 127.0).to_bits();
            }
        }
    }
}
