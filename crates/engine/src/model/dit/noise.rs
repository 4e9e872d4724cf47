//! Modulations of a network that is told the noise level (SEDD): tables that the device multiplies
//! with the level's condition in each forward.
//!
//! The level follows from the sequence. A token of SEDD is absorbed with probability 1 - exp(-sigma),
//! so sigma is the level at which as many are masked on average as there are. It is told in the
//! steps of the published sampler.

use super::{EMBEDDED_NOISE, Modulation, linear, silu};
use crate::model::names::input;
use crate::model::parameter::{Parameter, ParameterName, Shape};
use crate::weights::Assembly;

/// Steps from nothing masked to all: those of the published sampler.
pub const STEPS: usize = 1024;

/// What is left unmasked at the highest level (`eps` of the log-linear noise).
const LEAST_KEPT: f64 = 1e-3;

/// `sigma` of a level.
fn sigma(level: usize) -> f64 {
    let masked = (1.0 - LEAST_KEPT) * level as f64 / STEPS as f64;
    -(1.0 - masked).ln()
}

/// Cosines, then sines, of `sigma` at falling frequencies.
fn embedding(sigma: f64) -> Vec<f32> {
    let half = EMBEDDED_NOISE / 2;
    let frequency = |i: usize| (-(1e4_f64.ln()) * i as f64 / half as f64).exp();
    let angles = || (0..half).map(|i| sigma * frequency(i));
    let cosines = angles().map(|angle| angle.cos() as f32);
    cosines
        .chain(angles().map(|angle| angle.sin() as f32))
        .collect()
}

/// `[STEPS + 1, condition]`: `silu(W2 silu(W1 e + b1) + b2)` of every level.
pub fn conditions(modulation: Modulation) -> Parameter {
    let shape = Shape::Table(STEPS + 1, modulation.condition);
    let inputs = modulation.map_inputs();
    Parameter::computed(("conditions", None), inputs, shape, |inputs| {
        let of_level = |level| {
            let noise = embedding(sigma(level));
            let inner: Vec<f32> = linear(&inputs[0], &inputs[1], &noise).map(silu).collect();
            let condition = linear(&inputs[2], &inputs[3], &inner).map(silu);
            condition.collect::<Vec<f32>>()
        };
        (0..=STEPS).flat_map(of_level).collect()
    })
}

/// Table and bias of a modulated LayerNorm: its gain and offset are `table c + bias`. Shift and scale
/// are two of `owner`'s `of` parts.
pub fn norm(
    modulation: Modulation,
    name: ParameterName,
    gain: &str,
    (owner, [shift, scale], of): (&str, [usize; 2], usize),
) -> [Parameter; 2] {
    let hidden = modulation.hidden;
    let part = move |inputs: &[Vec<f32>], part: usize| {
        let width = inputs[0].len() / (of * hidden);
        inputs[0][part * hidden * width..][..hidden * width].to_vec()
    };
    let table = move |inputs: &[Vec<f32>]| {
        let width = inputs[0].len() / (of * hidden);
        let mut rows = part(inputs, scale);
        scale_rows(&mut rows, &inputs[2], width);
        rows.extend(part(inputs, shift));
        rows
    };
    let bias = move |inputs: &[Vec<f32>]| {
        let scales = inputs[1][scale * hidden..].iter().zip(&inputs[2]);
        let gains = scales.map(|(scale, gain)| gain * (1.0 + scale));
        gains
            .chain(inputs[1][shift * hidden..][..hidden].iter().copied())
            .collect()
    };
    let inputs = own_inputs(modulation, owner, of, Some(gain.to_owned()));
    tabled(modulation, name, inputs, table, bias)
}

/// Table and bias of a gated product's factors and offsets; the gate is one of `owner`'s six parts.
pub fn gate(
    modulation: Modulation,
    name: ParameterName,
    product_bias: Option<String>,
    (owner, gate): (&str, usize),
) -> [Parameter; 2] {
    const OF: usize = 6;
    let hidden = modulation.hidden;
    let zeros = move || vec![0.0; hidden];
    let table = move |inputs: &[Vec<f32>]| {
        let width = inputs[0].len() / (OF * hidden);
        let mut rows = inputs[0][gate * hidden * width..][..hidden * width].to_vec();
        let mut offsets = rows.clone();
        scale_rows(&mut offsets, inputs.get(2).unwrap_or(&zeros()), width);
        rows.extend(offsets);
        rows
    };
    let bias = move |inputs: &[Vec<f32>]| {
        let gates = &inputs[1][gate * hidden..][..hidden];
        let zeros = zeros();
        let offsets = gates.iter().zip(inputs.get(2).unwrap_or(&zeros));
        let offsets = offsets.map(|(gate, bias)| gate * bias);
        gates.iter().copied().chain(offsets).collect()
    };
    let inputs = own_inputs(modulation, owner, OF, product_bias);
    tabled(modulation, name, inputs, table, bias)
}

fn scale_rows(rows: &mut [f32], factors: &[f32], width: usize) {
    for (row, factor) in rows.chunks_exact_mut(width.max(1)).zip(factors) {
        for number in row {
            *number *= factor;
        }
    }
}

/// Weight and bias of `owner`'s modulation, and a vector.
fn own_inputs(
    modulation: Modulation,
    owner: &str,
    of: usize,
    vector: Option<String>,
) -> Vec<(Assembly, u64)> {
    let (hidden, condition) = (modulation.hidden as u64, modulation.condition as u64);
    let own = |name: &str| format!("{owner}.adaLN_modulation.{name}");
    let mut inputs = vec![
        input(own("weight"), of as u64 * hidden * condition),
        input(own("bias"), of as u64 * hidden),
    ];
    inputs.extend(vector.map(|name| input(name, hidden)));
    inputs
}

fn tabled(
    modulation: Modulation,
    name: ParameterName,
    inputs: Vec<(Assembly, u64)>,
    table: impl Fn(&[Vec<f32>]) -> Vec<f32> + 'static,
    bias: impl Fn(&[Vec<f32>]) -> Vec<f32> + 'static,
) -> [Parameter; 2] {
    let rows = 2 * modulation.hidden;
    let shape = Shape::Table(rows, modulation.condition);
    [
        Parameter::computed(name, inputs.clone(), shape, table),
        Parameter::computed(name, inputs, Shape::Vector(rows), bias),
    ]
}
