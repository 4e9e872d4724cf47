//! Products of rows with the weights of their experts: each expert once, for all rows that chose it.

use unmask_simd::silu;

use super::product::{Factor, PANEL, Weight};
use super::{gate, threads};
use crate::kernels::matmul_expert::{MatmulExpert, Side};
use crate::reference::{HostMemory, expert_of, source_row};

/// Multiply-adds that take as long as one element of SwiGLU.
const WORK: usize = 64;

/// As the twin (`reference/matmul_expert.rs`).
pub fn run(call: &MatmulExpert, memory: &mut HostMemory) {
    let products = Products::of(call, memory);
    let slots = call.params.slots as usize;
    let mut buffer = memory.take(call.y);
    match call.side {
        Side::Up => {
            let stride = call.params.columns as usize / 2;
            let y = &mut bytemuck::cast_slice_mut(&mut buffer)[..products.entries() * stride];
            let work = y.len() * WORK;
            threads::for_rows(y, stride, work, |entry, row| {
                if let Some(product) = products.row(entry) {
                    gate(&product, row, silu);
                }
            });
        }
        Side::Down(share) => {
            let share = memory.floats(share);
            let stride = call.params.columns as usize;
            let y = &mut bytemuck::cast_slice_mut(&mut buffer)[..call.rows as usize * stride];
            let work = products.entries() * stride;
            threads::for_rows(y, stride, work, |row, y| {
                // An expert after the other, best first, whatever the order they were computed in.
                for (slot, share) in share[row * slots..][..slots].iter().enumerate() {
                    let product = products.row(row * slots + slot);
                    for (y, v) in y.iter_mut().zip(product.iter().flatten()) {
                        *y += share * v;
                    }
                }
            });
        }
    }
    memory.put(call.y, buffer);
}

/// The products of every entry (row * slots + slot) whose expert the shard holds.
struct Products {
    /// Of each entry: which group of rows it is in, and which row of that.
    places: Vec<Option<(usize, usize)>>,
    /// Of each expert that was chosen, panel by panel: `[rows, PANEL]`.
    panels: Vec<Vec<Vec<f32>>>,
    columns: usize,
}

/// The entries that chose one expert, and their rows of x.
struct Group {
    expert: usize,
    x: Vec<f32>,
    rows: usize,
}

impl Products {
    fn of(call: &MatmulExpert, memory: &HostMemory) -> Self {
        let p = &call.params;
        let (k, columns) = (p.quads as usize * 4, p.columns as usize);
        let (places, groups) = group(call, memory);
        let weight = Weight {
            packed: memory.words(call.weight),
            format: call.format,
            shape: (p.experts as usize * columns, k),
        };
        let factors = groups.iter().map(|g| Factor::of(&g.x, k, call.format));
        let factors: Vec<Factor> = factors.collect();
        let panels = columns.div_ceil(PANEL);
        let work = places.len() * columns * k;
        let mut found = threads::map(groups.len() * panels, work, |part| {
            let (group, factor) = (&groups[part / panels], &factors[part / panels]);
            let (first, before) = (part % panels * PANEL, group.expert * columns);
            let here = before + first..before + columns.min(first + PANEL);
            factor.panel(&weight, here, group.rows)
        })
        .into_iter();
        let panels = groups
            .iter()
            .map(|_| found.by_ref().take(panels).collect())
            .collect();
        Self {
            places,
            panels,
            columns,
        }
    }

    fn entries(&self) -> usize {
        self.places.len()
    }

    /// The products of `entry`; `None` where another shard has them.
    fn row(&self, entry: usize) -> Option<Vec<f32>> {
        let (group, row) = self.places[entry]?;
        let mut products = Vec::with_capacity(self.columns + PANEL);
        for panel in &self.panels[group] {
            products.extend_from_slice(&panel[row * PANEL..][..PANEL]);
        }
        products.truncate(self.columns);
        Some(products)
    }
}

/// Gathers the rows of each expert; the place of every entry among them.
fn group(call: &MatmulExpert, memory: &HostMemory) -> (Vec<Option<(usize, usize)>>, Vec<Group>) {
    let k = call.params.quads as usize * 4;
    let x = memory.floats(call.x);
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of = vec![None; call.params.experts as usize];
    let entries = 0..(call.rows * call.params.slots) as usize;
    let places = entries.map(|entry| {
        let expert = expert_of(call, memory, entry)?;
        let index = *group_of[expert].get_or_insert_with(|| {
            groups.push(Group {
                expert,
                x: Vec::new(),
                rows: 0,
            });
            groups.len() - 1
        });
        let group = &mut groups[index];
        let first = source_row(call, entry) * k;
        group.x.extend_from_slice(&x[first..first + k]);
        group.rows += 1;
        Some((index, group.rows - 1))
    });
    let places = places.collect();
    (places, groups)
}
