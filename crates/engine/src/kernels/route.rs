//! Which experts of a mixture each row goes to (Shazeer et al. 2017, arXiv 1701.06538).

use super::Kernel;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Most experts of a layer.
pub const MOST_EXPERTS: usize = 512;
/// Most groups of them.
pub const MOST_GROUPS: usize = 64;

/// Uniform of `shaders/route.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Experts of the layer, at most [`MOST_EXPERTS`].
    pub experts: u32,
    /// Experts of a row.
    pub slots: u32,
    /// Runs of neighbouring experts, at most [`MOST_GROUPS`] and a divisor of `experts`.
    pub groups: u32,
    /// How many of them, the best, may be chosen from; they hold at least `slots` experts.
    pub open_groups: u32,
    /// 1 where the shares of a row add up to `scale`, 0 where they are its scores times `scale`.
    pub normal: u32,
    /// Factor of the shares.
    pub scale: f32,
}

/// What a logit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scores {
    /// Scores are the softmax of all logits; the best are chosen.
    Softmax,
    /// Scores are sigmoids; those are chosen whose score and bias are largest. `[experts]` f32
    /// (DeepSeek-V3, arXiv 2412.19437).
    Sigmoid(BufferId),
}

/// `chosen[r, :]` and `share[r, :]`: the experts of row r, best first, and the factors of their
/// outputs. Of equally good experts, as of equally good groups, the lower one is better.
#[derive(Clone, Debug)]
pub struct Route {
    /// Uniform.
    pub params: Params,
    /// What the logits say.
    pub scores: Scores,
    /// Rows.
    pub rows: u32,
    /// `[rows, experts]` f32
    pub logits: BufferId,
    /// `[rows, slots]` u32
    pub chosen: BufferId,
    /// `[rows, slots]` f32
    pub share: BufferId,
}

impl Kernel for Route {
    fn name(&self) -> &'static str {
        "route"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        let scores = match self.scores {
            Scores::Softmax => "softmax",
            Scores::Sigmoid(_) => "sigmoid",
        };
        vec![("scores", scores)]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        let mut bindings = vec![self.logits, self.chosen, self.share];
        if let Scores::Sigmoid(bias) = self.scores {
            bindings.push(bias);
        }
        bindings
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.rows, 1, 1]
    }
}
