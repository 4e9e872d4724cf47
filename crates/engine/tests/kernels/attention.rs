use unmask_engine::cpu;
use unmask_engine::kernels::attention::{self, Attention, Params};
use unmask_engine::kernels::head_stats::NO_TOKEN;
use unmask_engine::kernels::kv::KvFormat;
use unmask_engine::weights::Format;
use unmask_simd::Instructions;

use crate::harness::{Gpus, Problem, assert_close, numbers};
use crate::kept;
use crate::matmul_tile::seen;

#[derive(Clone, Copy)]
struct Shape {
    rows: usize,
    keys: usize,
    query_heads: usize,
    key_heads: usize,
    head_dim: usize,
}

/// Who sees whom.
struct Sight {
    classes: Vec<u32>,
    key_classes: Vec<u32>,
    blind: Vec<u32>,
    near: Option<Near>,
    branches: Option<Branches>,
}

/// The branch of each row, and the branches that each key is open to.
#[derive(Clone)]
struct Branches {
    rows: Vec<u32>,
    keys: Vec<u32>,
}

/// Positions of rows and keys, and how far a row sees.
#[derive(Clone)]
struct Near {
    reach: u32,
    positions: Vec<u32>,
    key_positions: Vec<u32>,
}

impl Sight {
    fn sees(&self, row: usize, key: usize) -> bool {
        let reaches = self
            .near
            .as_ref()
            .is_none_or(|near| near.positions[row].abs_diff(near.key_positions[key]) <= near.reach);
        let allowed = self.key_classes[key] <= self.classes[row];
        let is_open = |b: &Branches| {
            (0..32).any(|bit| [b.rows[row], b.keys[key]].map(|w| w >> bit & 1) == [1, 1])
        };
        let open = self.branches.as_ref().is_none_or(is_open);
        reaches && allowed && open && key as u32 != self.blind[row]
    }

    /// The words of the kernel's `Sight`: those of the rows, then those of the keys.
    fn call(&self, problem: &mut Problem) -> Option<attention::Sight> {
        let far = || Near {
            reach: u32::MAX,
            positions: vec![0; self.classes.len()],
            key_positions: vec![0; self.key_classes.len()],
        };
        let pairs = |positions: Vec<u32>, bits: &[u32]| -> Vec<u32> {
            let pairs = positions.into_iter().zip(bits);
            pairs
                .flat_map(|(position, bits)| [position, *bits])
                .collect()
        };
        match (&self.branches, self.near.clone()) {
            (None, None) => None,
            (None, Some(near)) => Some(attention::Sight::Near {
                positions: problem.words(near.positions),
                key_positions: problem.words(near.key_positions),
            }),
            (Some(branches), near) => {
                let near = near.unwrap_or_else(far);
                Some(attention::Sight::Branches {
                    rows: problem.words(pairs(near.positions, &branches.rows)),
                    keys: problem.words(pairs(near.key_positions, &branches.keys)),
                })
            }
        }
    }
}

fn oracle(shape: Shape, qkv: &[f32], store: &[f32], sight: &Sight) -> Vec<f64> {
    let Shape {
        rows,
        keys,
        query_heads,
        key_heads,
        head_dim,
    } = shape;
    let heads = query_heads + 2 * key_heads;
    let query =
        |row: usize, head: usize, i: usize| f64::from(qkv[(row * heads + head) * head_dim + i]);
    let kept = |slot: usize, head: usize, i: usize| {
        f64::from(store[(slot * 2 * key_heads + head) * head_dim + i])
    };
    let mut out = Vec::new();
    for row in 0..rows {
        for head in 0..query_heads {
            let group = head / (query_heads / key_heads);
            let score = |j: usize| {
                let product: f64 = (0..head_dim)
                    .map(|i| query(row, head, i) * kept(j, group, i))
                    .sum();
                product / (head_dim as f64).sqrt()
            };
            let visible: Vec<usize> = (0..keys).filter(|&j| sight.sees(row, j)).collect();
            let weights: Vec<f64> = visible.iter().map(|&j| score(j).exp()).collect();
            let total: f64 = weights.iter().sum();
            out.extend((0..head_dim).map(|i| {
                let pairs = visible.iter().zip(&weights);
                pairs
                    .map(|(&j, w)| w / total * kept(j, key_heads + group, i))
                    .sum::<f64>()
            }));
        }
    }
    out
}

/// The last `rows` of `keys` positions, with `class` of each position.
fn last_rows(shape: Shape, class: impl Fn(u32) -> u32) -> Sight {
    let first = (shape.keys - shape.rows) as u32;
    Sight {
        classes: (0..shape.rows as u32)
            .map(|row| class(first + row))
            .collect(),
        key_classes: (0..shape.keys as u32).map(class).collect(),
        blind: vec![NO_TOKEN; shape.rows],
        near: None,
        branches: None,
    }
}

/// Rows that see so far. Positions need not be those of the slots: extra rows lie behind the others.
fn near(shape: Shape, reach: u32) -> Sight {
    let keys = shape.keys as u32;
    let first = keys - shape.rows as u32;
    let near = Near {
        reach,
        positions: (first..keys).collect(),
        key_positions: (0..keys)
            .map(|slot| if slot % 7 == 3 { slot / 2 } else { slot })
            .collect(),
    };
    Sight {
        near: Some(near),
        ..last_rows(shape, |_| 0)
    }
}

/// Rows of four branches in turn; every third key is open to one of them, the others to all but one.
/// Every row sees a key of its own.
fn branched(shape: Shape, sight: Sight) -> Sight {
    let bit = |i: u32| 1 << [0, 3, 17, 31][i as usize % 4];
    let open = |slot| match slot % 3 {
        1 => bit(slot / 3),
        _ => !bit(slot / 3),
    };
    let first = (shape.keys - shape.rows) as u32;
    let rows: Vec<u32> = (0..shape.rows as u32).map(bit).collect();
    let own = |slot: u32| slot.checked_sub(first).map_or(0, |row| rows[row as usize]);
    let keys = (0..shape.keys as u32).map(|slot| open(slot) | own(slot));
    Sight {
        branches: Some(Branches {
            keys: keys.collect(),
            rows,
        }),
        ..sight
    }
}

fn sights(shape: Shape) -> Vec<Sight> {
    let keys = shape.keys as u32;
    let full = last_rows(shape, |_| 0);
    let causal = last_rows(shape, |position| position);
    let blocks = last_rows(shape, |position| position / 8);
    // The first visible key may lie beyond the first chunk of keys.
    let late = last_rows(shape, |position| u32::from(position + 1 < keys));
    // Slots that nobody may see, whatever is in them.
    let mut unused = last_rows(shape, |_| 3);
    for (slot, class) in (0..).zip(&mut unused.key_classes) {
        *class = if slot % 5 == 4 { u32::MAX } else { 3 };
    }
    // Rows that see others are blind to one of them, never to themselves alone.
    let mut blinded = last_rows(shape, |_| 0);
    for (row, blind) in (0..).zip(&mut blinded.blind) {
        if keys > 1 && row % 3 != 0 {
            *blind = (row * 5 + 1) % keys;
        }
    }
    vec![
        full,
        causal,
        blocks,
        late,
        unused,
        blinded,
        near(shape, 2),
        near(shape, 70),
        branched(shape, last_rows(shape, |_| 0)),
        branched(shape, last_rows(shape, |position| position / 8)),
        branched(shape, near(shape, 5)),
    ]
}

fn check(gpus: &mut Gpus, shape: Shape, sights: &[Sight], kv: KvFormat) {
    let Shape {
        rows,
        keys,
        query_heads,
        key_heads,
        head_dim,
    } = shape;
    let large =
        |seed, count| -> Vec<f32> { numbers(seed, count).iter().map(|v| v * 3.0).collect() };
    let qkv = large(8, rows * (query_heads + 2 * key_heads) * head_dim);
    // What is read is what was kept: its rounding is another test's concern.
    let (packed, store) = kept::packed(kv, head_dim, &large(9, keys * 2 * key_heads * head_dim));
    let seen = match kv {
        KvFormat::Q8_0 => seen("cpu", Format::Q8_0, &qkv),
        KvFormat::F32 | KvFormat::F16 => qkv.clone(),
    };
    for sight in sights {
        let mut problem = Problem::default();
        let call = Attention {
            params: Params {
                rows: rows as u32,
                keys: keys as u32,
                query_heads: query_heads as u32,
                key_heads: key_heads as u32,
                head_dim: head_dim as u32,
                scale: 1.0 / (head_dim as f32).sqrt(),
                reach: sight.near.as_ref().map_or(u32::MAX, |near| near.reach),
            },
            qkv: problem.floats(&qkv),
            store: problem.words(packed.clone()),
            classes: problem.words(sight.classes.clone()),
            key_classes: problem.words(sight.key_classes.clone()),
            blind: problem.words(sight.blind.clone()),
            out: problem.floats(&vec![0.0; rows * query_heads * head_dim]),
            sight: sight.call(&mut problem),
            kv,
        };
        let out = call.out;
        problem.call(call);
        let expected = oracle(shape, &qkv, &store, sight);
        let of_integers = oracle(shape, &seen, &store, sight);
        gpus.each(&problem, out, expected.len(), |label, _, found| {
            if label == "cpu" && has_integers(kv) {
                // Each of the weights is off by half a step, of 32767 to the largest of them.
                let tolerance = keys as f64 / 65534.0 + 1e-5;
                assert_close(label, found, &of_integers, tolerance);
            } else {
                assert_close(label, found, &expected, 1e-5);
            }
        });
    }
}

/// Whether the CPU executor multiplies integers.
fn has_integers(kv: KvFormat) -> bool {
    kv == KvFormat::Q8_0 && Instructions::best() != Instructions::Portable
}

/// Several tiles of keys, some of which nobody sees.
#[test]
fn integers_attend_likewise() {
    for (rows, keys, query_heads, key_heads, head_dim) in [(40, 301, 4, 2, 64), (1, 257, 1, 1, 32)]
    {
        let shape = Shape {
            rows,
            keys,
            query_heads,
            key_heads,
            head_dim,
        };
        let mut sights = sights(shape);
        // The last rows of a text whose end is not there yet.
        sights.push(last_rows(shape, |position| position / 100));
        check(&mut Gpus::none(), shape, &sights, KvFormat::Q8_0);
    }
}

/// What an exact cache needs: a row has the same bits whatever the slots hold that it does not see.
#[test]
fn hidden_slots_change_no_bit() {
    let (rows, keys, head_dim) = (20, 200, 32);
    for kv in KvFormat::ALL {
        let run = |hidden: f32| {
            let mut problem = Problem::default();
            let mut store = numbers(9, keys * 2 * head_dim);
            store[150 * 2 * head_dim..].fill(hidden);
            let call = Attention {
                params: Params {
                    rows: rows as u32,
                    keys: keys as u32,
                    query_heads: 1,
                    key_heads: 1,
                    head_dim: head_dim as u32,
                    scale: 0.2,
                    reach: u32::MAX,
                },
                qkv: problem.floats(&numbers(8, rows * 3 * head_dim)),
                store: problem.words(kept::packed(kv, head_dim, &store).0),
                classes: problem.words(vec![0; rows]),
                key_classes: problem.words((0..keys as u32).map(|k| k / 150).collect::<Vec<_>>()),
                blind: problem.words(vec![NO_TOKEN; rows]),
                out: problem.floats(&vec![0.0; rows * head_dim]),
                sight: None,
                kv,
            };
            let out = call.out;
            problem.call(call);
            problem.run(&mut cpu::executor("a test"), out, rows * head_dim)
        };
        assert_eq!(run(0.5), run(900.0), "{kv:?}");
    }
}

#[test]
fn rows_attend_to_the_slots_they_may_see() {
    let mut gpus = Gpus::open_shares();
    for (rows, keys, query_heads, key_heads, head_dim) in [
        (1, 1, 1, 1, 4),
        (63, 63, 4, 2, 32),
        (3, 64, 2, 1, 64),
        (65, 65, 3, 3, 20),
        (8, 130, 2, 1, 128),
        (5, 6, 1, 1, 256),
        (9, 150, 6, 2, 96),
        (1, 200, 2, 2, 16),
    ] {
        let shape = Shape {
            rows,
            keys,
            query_heads,
            key_heads,
            head_dim,
        };
        check(&mut gpus, shape, &sights(shape), KvFormat::F32);
        // How numbers are kept and who sees whom have nothing to do with each other.
        for kv in [KvFormat::F16, KvFormat::Q8_0] {
            if keys > 100 && kv.fits(head_dim) {
                check(&mut gpus, shape, &[near(shape, 70)], kv);
            }
        }
    }
}
