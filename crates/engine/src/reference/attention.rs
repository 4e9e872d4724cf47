//! Twin of `shaders/attention.wgsl`.

use super::{HostMemory, kv};
use crate::kernels::attention::{Attention, Params, Sight};

/// Softmax attention of every row over the slots whose class is not above its own, save the one it
/// is blind to.
pub fn run(call: &Attention, memory: &mut HostMemory) {
    let p = &call.params;
    let head_dim = p.head_dim as usize;
    let mut buffer = memory.take(call.out);
    let out: &mut [f32] = bytemuck::cast_slice_mut(&mut buffer);
    let qkv = memory.floats(call.qkv);
    let store = Store {
        call,
        words: memory.words(call.store),
    };
    let classes = memory.words(call.classes);
    let key_classes = &memory.words(call.key_classes)[..p.keys as usize];
    let blind = memory.words(call.blind);
    let reach = Reach::of(call, memory);
    for (i, out_head) in out
        .chunks_exact_mut(head_dim)
        .take((p.rows * p.query_heads) as usize)
        .enumerate()
    {
        let (row, head) = (i / p.query_heads as usize, i % p.query_heads as usize);
        let visible: Vec<usize> = (0..key_classes.len())
            .filter(|&j| {
                let allowed = key_classes[j] <= classes[row] && j as u32 != blind[row];
                allowed && reach.covers(row, j)
            })
            .collect();
        let query = (row * (p.query_heads + 2 * p.key_heads) as usize + head) * head_dim;
        let query = &qkv[query..][..head_dim];
        attend(p, query, &store, &visible, head, out_head);
    }
    memory.put(call.out, buffer);
}

/// What rows see of what their class allows.
pub(crate) struct Reach<'a> {
    reach: u32,
    sight: Option<Places<'a>>,
}

/// Where rows and slots are, and in which branches.
enum Places<'a> {
    Near(&'a [u32], &'a [u32]),
    /// Pairs of position and branches.
    Branches(&'a [u32], &'a [u32]),
}

impl<'a> Reach<'a> {
    pub(crate) fn of(call: &Attention, memory: &'a HostMemory) -> Self {
        let sight = call.sight.map(|sight| match sight {
            Sight::Near {
                positions,
                key_positions,
            } => Places::Near(memory.words(positions), memory.words(key_positions)),
            Sight::Branches { rows, keys } => {
                Places::Branches(memory.words(rows), memory.words(keys))
            }
        });
        Self {
            reach: call.params.reach,
            sight,
        }
    }

    /// Whether a row reaches a slot.
    pub(crate) fn covers(&self, row: usize, slot: usize) -> bool {
        match self.sight {
            None => true,
            Some(Places::Near(rows, slots)) => rows[row].abs_diff(slots[slot]) <= self.reach,
            Some(Places::Branches(rows, slots)) => {
                let ([here, own], [there, open]) = (pair(rows, row), pair(slots, slot));
                own & open != 0 && here.abs_diff(there) <= self.reach
            }
        }
    }
}

fn pair(words: &[u32], index: usize) -> [u32; 2] {
    [words[2 * index], words[2 * index + 1]]
}

/// The kept heads.
struct Store<'a> {
    call: &'a Attention,
    words: &'a [u32],
}

impl Store<'_> {
    /// Of a slot, the numbers of a head, the key heads before the value heads.
    fn head(&self, slot: usize, head: usize) -> Vec<f32> {
        let p = &self.call.params;
        let mut numbers = vec![0.0; p.head_dim as usize];
        let index = slot * 2 * p.key_heads as usize + head;
        kv::load(self.call.kv, self.words, index, &mut numbers);
        numbers
    }
}

fn attend(
    p: &Params,
    query: &[f32],
    store: &Store,
    visible: &[usize],
    head: usize,
    out: &mut [f32],
) {
    let key_head = head / (p.query_heads / p.key_heads) as usize;
    let scores: Vec<f32> = visible
        .iter()
        .map(|&j| dot(query, &store.head(j, key_head)) * p.scale)
        .collect();
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f32> = scores.iter().map(|s| (s - largest).exp()).collect();
    let total: f32 = weights.iter().sum();
    out.fill(0.0);
    for (&j, weight) in visible.iter().zip(&weights) {
        let value = store.head(j, p.key_heads as usize + key_head);
        for (out, v) in out.iter_mut().zip(value) {
            *out += weight / total * v;
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
