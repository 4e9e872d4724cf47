use unmask_engine::kernels::kv::KvFormat;
use unmask_engine::kernels::kv_move::{KvMove, Params};

use crate::harness::{Gpus, Problem, numbers};
use crate::kept;

const SLOTS: usize = 40;
const KEY_HEADS: usize = 2;

/// The angle of a pair for one position.
fn frequency(pair: usize, head_dim: usize) -> f64 {
    10_000_f64.powf(-2.0 * pair as f64 / head_dim as f64)
}

/// `head` turned as for `positions` positions.
fn turned(head: &[f32], positions: f64) -> Vec<f64> {
    let half = head.len() / 2;
    let mut out = vec![0.0; head.len()];
    for i in 0..half {
        let (sin, cos) = (positions * frequency(i, head.len())).sin_cos();
        let (a, b) = (f64::from(head[i]), f64::from(head[half + i]));
        (out[i], out[half + i]) = (a * cos - b * sin, b * cos + a * sin);
    }
    out
}

fn check(gpus: &mut Gpus, (from, to, count): (usize, usize, usize), head_dim: usize, kv: KvFormat) {
    let heads = 2 * KEY_HEADS;
    let (packed, store) = kept::packed(kv, head_dim, &numbers(4, SLOTS * heads * head_dim));
    let shift = to as f64 - from as f64;
    let turns = (0..head_dim / 2).flat_map(|i| {
        let (sin, cos) = (shift * frequency(i, head_dim)).sin_cos();
        [cos as f32, sin as f32]
    });
    let mut problem = Problem::default();
    let call = KvMove {
        params: Params {
            start: from as u32,
            end: to as u32,
            count: count as u32,
            key_heads: KEY_HEADS as u32,
            head_dim: head_dim as u32,
        },
        turns: problem.floats(&turns.collect::<Vec<_>>()),
        store: problem.words(packed.clone()),
        kv,
    };
    let output = call.store;
    problem.call(call);
    let mut expected: Vec<f64> = store.iter().map(|v| f64::from(*v)).collect();
    for i in 0..count {
        for head in 0..heads {
            let at = |slot: usize| (slot * heads + head) * head_dim;
            let shift = if head < KEY_HEADS { shift } else { 0.0 };
            let moved = turned(&store[at(from + i)..][..head_dim], shift);
            expected[at(to + i)..][..head_dim].copy_from_slice(&moved);
        }
    }
    // What the formats round: half a step of the largest number of a block, and none in f32.
    let tolerance = match kv {
        KvFormat::F32 => 1e-6,
        KvFormat::F16 => 5e-4,
        KvFormat::Q8_0 => 6e-3,
    };
    gpus.each(&problem, output, packed.len(), |label, _, found| {
        let found = kept::unpacked(kv, head_dim, found);
        for (i, (f, e)) in found.iter().zip(&expected).enumerate() {
            let error = (f64::from(*f) - e).abs();
            assert!(
                error <= tolerance,
                "{label}, {kv:?}: number {i} is {f}, expected {e}"
            );
        }
    });
}

#[test]
fn slots_move_either_way_and_their_keys_turn() {
    let mut gpus = Gpus::open_shares();
    for moved in [(5, 9, 20), (9, 5, 20), (3, 30, 10), (7, 8, 1), (6, 2, 0)] {
        for kv in KvFormat::ALL {
            check(&mut gpus, moved, 64, kv);
        }
    }
    check(&mut gpus, (1, 4, 30), 20, KvFormat::F16);
}
