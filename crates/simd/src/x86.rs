//! Integer products on x86: AVX2, and AVX-512 with VNNI.

use std::arch::x86_64::*;

use crate::activations::round_block;
use crate::exp::exp_each;
use crate::layout::Rounded;
use crate::{Activations, COLUMNS, Tile};

/// As [`crate::Instructions::round`].
#[target_feature(enable = "avx512f,avx512bw")]
pub fn round_vnni(x: &[f32], k: usize) -> Activations {
    Activations::by(x, k, round_block::<false>)
}

/// As [`crate::Instructions::multiply`].
#[target_feature(enable = "avx512f,avx512dq,avx512vnni")]
pub fn multiply_vnni(x: &Activations, tile: &Tile, out: &mut [f32], stride: usize) {
    for first in (0..x.rows()).step_by(4) {
        let out = &mut out[first * stride..];
        match x.rows() - first {
            1 => rows_vnni::<1>(x.rows_from(first), tile, out, stride),
            2 => rows_vnni::<2>(x.rows_from(first), tile, out, stride),
            3 => rows_vnni::<3>(x.rows_from(first), tile, out, stride),
            _ => rows_vnni::<4>(x.rows_from(first), tile, out, stride),
        }
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512vnni")]
fn rows_vnni<const ROWS: usize>(
    rows: [&[Rounded]; ROWS],
    tile: &Tile,
    out: &mut [f32],
    stride: usize,
) {
    let mut sums = [_mm512_setzero_ps(); ROWS];
    let rows = rows.map(|row| &row[..tile.blocks.len()]);
    for (b, block) in tile.blocks.iter().enumerate() {
        let mut dots = [_mm512_setzero_si512(); ROWS];
        for (dot, row) in dots.iter_mut().zip(rows) {
            *dot = _mm512_set1_epi32(-tile.zero * row[b].sum);
        }
        for (u, weights) in block.units.iter().enumerate() {
            let weights = vector(*weights);
            for (dot, row) in dots.iter_mut().zip(rows) {
                *dot =
                    _mm512_dpbusd_epi32(*dot, weights, _mm512_set1_epi32(row[b].units[u] as i32));
            }
        }
        let scales = _mm512_castsi512_ps(vector(bytemuck::cast(block.scales)));
        for ((sum, dot), row) in sums.iter_mut().zip(dots).zip(rows) {
            let scale = _mm512_mul_ps(scales, _mm512_set1_ps(row[b].scale));
            *sum = _mm512_add_ps(*sum, _mm512_mul_ps(_mm512_cvtepi32_ps(dot), scale));
        }
    }
    for (sum, out) in sums.into_iter().zip(out.chunks_mut(stride)) {
        let halves = [
            _mm512_castps512_ps256(sum),
            _mm512_extractf32x8_ps::<1>(sum),
        ];
        let sums: [f32; COLUMNS] = bytemuck::cast(halves);
        out[..COLUMNS].copy_from_slice(&sums);
    }
}

/// 64 bytes in a register.
#[target_feature(enable = "avx512f")]
fn vector(words: [u32; COLUMNS]) -> __m512i {
    let [low, high]: [__m256i; 2] = bytemuck::cast(words);
    _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
}

/// As [`crate::Instructions::round`].
#[target_feature(enable = "avx2")]
pub fn round_avx2(x: &[f32], k: usize) -> Activations {
    Activations::by(x, k, round_block::<true>)
}

/// As [`crate::Instructions::multiply`].
#[target_feature(enable = "avx2")]
pub fn multiply_avx2(x: &Activations, tile: &Tile, out: &mut [f32], stride: usize) {
    for first in (0..x.rows()).step_by(4) {
        let out = &mut out[first * stride..];
        match x.rows() - first {
            1 => rows_avx2::<1>(x.rows_from(first), tile, out, stride),
            2 => rows_avx2::<2>(x.rows_from(first), tile, out, stride),
            3 => rows_avx2::<3>(x.rows_from(first), tile, out, stride),
            _ => rows_avx2::<4>(x.rows_from(first), tile, out, stride),
        }
    }
}

#[target_feature(enable = "avx2")]
fn rows_avx2<const ROWS: usize>(
    rows: [&[Rounded]; ROWS],
    tile: &Tile,
    out: &mut [f32],
    stride: usize,
) {
    let mut sums = [[_mm256_setzero_ps(); 2]; ROWS];
    let rows = rows.map(|row| &row[..tile.blocks.len()]);
    for (b, block) in tile.blocks.iter().enumerate() {
        let mut dots = [[_mm256_setzero_si256(); 2]; ROWS];
        for (dots, row) in dots.iter_mut().zip(rows) {
            *dots = [_mm256_set1_epi32(-tile.zero * row[b].sum); 2];
        }
        for (u, weights) in block.units.iter().enumerate() {
            let weights: [__m256i; 2] = bytemuck::cast(*weights);
            let low = _mm256_set1_epi16(0xff);
            let even = [
                _mm256_and_si256(weights[0], low),
                _mm256_and_si256(weights[1], low),
            ];
            let odd = [
                _mm256_srli_epi16::<8>(weights[0]),
                _mm256_srli_epi16::<8>(weights[1]),
            ];
            for (dots, row) in dots.iter_mut().zip(rows) {
                for (x, weights) in row[b].halves[u].into_iter().zip([even, odd]) {
                    let x = _mm256_set1_epi32(x as i32);
                    for (dot, weights) in dots.iter_mut().zip(weights) {
                        *dot = _mm256_add_epi32(*dot, _mm256_madd_epi16(weights, x));
                    }
                }
            }
        }
        let scales: [__m256; 2] = bytemuck::cast(block.scales);
        for ((sums, dots), row) in sums.iter_mut().zip(dots).zip(rows) {
            for ((sum, dot), scale) in sums.iter_mut().zip(dots).zip(scales) {
                let scale = _mm256_mul_ps(scale, _mm256_set1_ps(row[b].scale));
                *sum = _mm256_add_ps(*sum, _mm256_mul_ps(_mm256_cvtepi32_ps(dot), scale));
            }
        }
    }
    for (sums, out) in sums.into_iter().zip(out.chunks_mut(stride)) {
        let sums: [f32; COLUMNS] = bytemuck::cast(sums);
        out[..COLUMNS].copy_from_slice(&sums);
    }
}

/// As [`crate::exp_all`].
#[target_feature(enable = "avx2")]
pub fn exp_all_avx2(xs: &mut [f32]) {
    exp_each(xs);
}

/// As [`crate::exp_all`].
#[target_feature(enable = "avx512f")]
pub fn exp_all_avx512(xs: &mut [f32]) {
    exp_each(xs);
}
