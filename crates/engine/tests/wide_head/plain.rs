//! The Llama block of `tests/golden/llama` in f64, with an explicit attention mask: an oracle that
//! shares nothing with the engine but the reading of tensors.

use std::path::Path;

use pollster::block_on;
use unmask_engine::weights::{Checkpoint, Directory};

const HIDDEN: usize = 32;
const HEADS: usize = 2;
const HEAD_DIM: usize = HIDDEN / HEADS;
const LAYERS: usize = 2;
const THETA: f64 = 500_000.0;
const EPS: f64 = 1e-5;

/// A row of a forward.
pub struct Token {
    pub id: u32,
    pub position: u32,
}

pub struct Plain(Checkpoint<Directory>);

type Rows = Vec<Vec<f64>>;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(rows: &mut Rows, more: &Rows) {
    for (row, more) in rows.iter_mut().zip(more) {
        row.iter_mut().zip(more).for_each(|(a, b)| *a += b);
    }
}

fn rotate(head: &mut [f64], position: u32) {
    for i in 0..HEAD_DIM / 2 {
        let angle = f64::from(position) * THETA.powf(-2.0 * i as f64 / HEAD_DIM as f64);
        let (a, b) = (head[i], head[i + HEAD_DIM / 2]);
        head[i] = a * angle.cos() - b * angle.sin();
        head[i + HEAD_DIM / 2] = b * angle.cos() + a * angle.sin();
    }
}

impl Plain {
    pub fn open(folder: &Path) -> Self {
        Self(block_on(Checkpoint::open(Directory::new(folder))).expect("opens"))
    }

    fn tensor(&self, name: &str) -> Rows {
        let info = self.0.tensor(name).expect("is there");
        let (rows, mut values) = (info.rows(), Vec::new());
        block_on(self.0.read_rows_f32(name, 0..rows, &mut values)).expect("reads");
        let width = values.len() / rows;
        let wide = |row: &[f32]| row.iter().map(|v| f64::from(*v)).collect();
        values.chunks_exact(width).map(wide).collect()
    }

    fn norm(&self, rows: &Rows, name: &str) -> Rows {
        let gain = self.tensor(name).concat();
        let normed = |row: &Vec<f64>| {
            let factor = 1.0 / (dot(row, row) / HIDDEN as f64 + EPS).sqrt();
            row.iter().zip(&gain).map(|(v, g)| v * factor * g).collect()
        };
        rows.iter().map(normed).collect()
    }

    fn product(&self, rows: &Rows, name: &str) -> Rows {
        let weight = self.tensor(name);
        let product = |row: &Vec<f64>| weight.iter().map(|w| dot(row, w)).collect();
        rows.iter().map(product).collect()
    }

    fn attention(
        &self,
        x: &Rows,
        layer: &str,
        tokens: &[Token],
        sees: &dyn Fn(usize, usize) -> bool,
    ) -> Rows {
        let normed = self.norm(x, &format!("{layer}.input_layernorm.weight"));
        let [mut q, mut k, v] = ["q", "k", "v"]
            .map(|p| self.product(&normed, &format!("{layer}.self_attn.{p}_proj.weight")));
        for rows in [&mut q, &mut k] {
            for (row, token) in rows.iter_mut().zip(tokens) {
                row.chunks_exact_mut(HEAD_DIM)
                    .for_each(|head| rotate(head, token.position));
            }
        }
        let mut out = vec![vec![0.0; HIDDEN]; x.len()];
        for (row, out) in out.iter_mut().enumerate() {
            for first in (0..HIDDEN).step_by(HEAD_DIM) {
                let head = first..first + HEAD_DIM;
                let visible: Vec<usize> = (0..x.len()).filter(|key| sees(row, *key)).collect();
                let score = |key: &usize| {
                    let product = dot(&q[row][head.clone()], &k[*key][head.clone()]);
                    (product / (HEAD_DIM as f64).sqrt()).exp()
                };
                let total: f64 = visible.iter().map(score).sum();
                for key in &visible {
                    for i in head.clone() {
                        out[i] += score(key) / total * v[*key][i];
                    }
                }
            }
        }
        self.product(&out, &format!("{layer}.self_attn.o_proj.weight"))
    }

    fn ffn(&self, x: &Rows, layer: &str) -> Rows {
        let normed = self.norm(x, &format!("{layer}.post_attention_layernorm.weight"));
        let [gate, up] =
            ["gate", "up"].map(|p| self.product(&normed, &format!("{layer}.mlp.{p}_proj.weight")));
        let silu = |g: &f64| g / (1.0 + (-g).exp());
        let gated = |(gate, up): (&Vec<f64>, &Vec<f64>)| {
            gate.iter().zip(up).map(|(g, u)| silu(g) * u).collect()
        };
        let gated: Rows = gate.iter().zip(&up).map(gated).collect();
        self.product(&gated, &format!("{layer}.mlp.down_proj.weight"))
    }

    /// Logits of every row, where row r attends to key k when `sees(r, k)`.
    pub fn logits(&self, tokens: &[Token], sees: &dyn Fn(usize, usize) -> bool) -> Rows {
        let embedding = self.tensor("model.embed_tokens.weight");
        let rows = tokens
            .iter()
            .map(|token| embedding[token.id as usize].clone());
        let mut x: Rows = rows.collect();
        for layer in 0..LAYERS {
            let layer = format!("model.layers.{layer}");
            let attended = self.attention(&x, &layer, tokens, sees);
            add(&mut x, &attended);
            let fed = self.ffn(&x, &layer);
            add(&mut x, &fed);
        }
        let normed = self.norm(&x, "model.norm.weight");
        self.product(&normed, "model.embed_tokens.weight")
    }
}
