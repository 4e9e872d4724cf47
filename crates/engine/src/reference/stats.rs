//! Twin of `shaders/lib/stats.wgsl`: statistics of a set of logits, and how two sets merge
//! (`m`, `S = Σe^(l-m)`, `D = Σe^(l-m)(l-m)`).

use crate::Record;
use crate::kernels::LOWEST;

/// One partial; the words of `kernels::head_stats::PARTIAL_WORDS`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Stats {
    pub l1: f32,
    pub top1: u32,
    pub l2: f32,
    pub top2: u32,
    pub sum: f32,
    pub slope: f32,
    pub samp: u32,
    pub l_samp: f32,
    pub noisy: f32,
    pub l_cur: f32,
    pub l_eos: f32,
}

impl Stats {
    /// Statistics of no logit at all.
    pub const NONE: Self = Self {
        l1: LOWEST,
        top1: u32::MAX,
        l2: LOWEST,
        top2: u32::MAX,
        sum: 0.0,
        slope: 0.0,
        samp: u32::MAX,
        l_samp: LOWEST,
        noisy: LOWEST,
        l_cur: LOWEST,
        l_eos: LOWEST,
    };

    /// Statistics of the single logit `l` of token `id`.
    pub fn of(id: u32, l: f32, noisy: f32) -> Self {
        Self {
            l1: l,
            top1: id,
            sum: 1.0,
            samp: id,
            l_samp: l,
            noisy,
            ..Self::NONE
        }
    }

    /// Statistics of both sets together.
    pub fn merge(self, other: Self) -> Self {
        let [first, second] = best_two(self, other);
        let (l1, top1) = first;
        let (l2, top2) = second;
        let sample = if ranks_before(other.noisy, other.samp, self.noisy, self.samp) {
            other
        } else {
            self
        };
        let mut merged = Self {
            l1,
            top1,
            l2,
            top2,
            sum: 0.0,
            slope: 0.0,
            samp: sample.samp,
            l_samp: sample.l_samp,
            noisy: sample.noisy,
            l_cur: self.l_cur.max(other.l_cur),
            l_eos: log_add(self.l_eos, other.l_eos),
        };
        for part in [self, other] {
            if part.sum > 0.0 {
                let gap = part.l1 - l1;
                merged.sum += gap.exp() * part.sum;
                merged.slope += gap.exp() * (part.slope + gap * part.sum);
            }
        }
        merged
    }

    /// The 40-byte record.
    pub fn record(&self) -> Record {
        let log_sum = self.sum.ln();
        Record {
            top1: self.top1,
            top2: self.top2,
            samp: self.samp,
            l1: self.l1,
            l2: self.l2,
            lse: self.l1 + log_sum,
            ent: (log_sum - self.slope / self.sum).max(0.0),
            l_cur: self.l_cur,
            l_eos: self.l_eos,
            l_samp: self.l_samp,
        }
    }
}

/// The best two of both sets' best two: each set's are in order, so two comparisons find them.
fn best_two(a: Stats, b: Stats) -> [(f32, u32); 2] {
    let (winner, loser) = if ranks_before(b.l1, b.top1, a.l1, a.top1) {
        (b, a)
    } else {
        (a, b)
    };
    let second = if ranks_before(winner.l2, winner.top2, loser.l1, loser.top1) {
        (winner.l2, winner.top2)
    } else {
        (loser.l1, loser.top1)
    };
    [(winner.l1, winner.top1), second]
}

/// log(e^a + e^b), where [`LOWEST`] stands for an empty sum.
pub fn log_add(a: f32, b: f32) -> f32 {
    let top = a.max(b);
    if top == LOWEST {
        return LOWEST;
    }
    top + ((a - top).exp() + (b - top).exp()).ln()
}

fn ranks_before(l_a: f32, id_a: u32, l_b: f32, id_b: u32) -> bool {
    l_a > l_b || (l_a == l_b && id_a < id_b)
}
