//! Arithmetic without memory: how fast a device could be.

use super::Kernel;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Threads of a workgroup (`WORKGROUP` of the shader).
const WORKGROUP: u32 = 64;

/// Independent chains of a thread.
pub const CHAINS: u32 = 8;

/// Steps of a round.
pub const STEPS: u32 = 32;

/// Uniform of `shaders/fma_chains.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Rounds of [`STEPS`] steps.
    pub rounds: u32,
    /// What a chain's value is multiplied by in a step.
    pub factor: f32,
    /// What is added then.
    pub term: f32,
}

/// What a chain is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// One number.
    Scalar,
    /// `vec4<f32>`, all four the same.
    Quad,
}

impl Value {
    /// Numbers that are calculated with at a time.
    #[must_use]
    pub fn numbers(self) -> u32 {
        match self {
            Self::Scalar => 1,
            Self::Quad => 4,
        }
    }
}

/// `y[i]`: the sum of all numbers of [`CHAINS`] chains of fused multiplications and additions.
#[derive(Clone, Debug)]
pub struct FmaChains {
    /// Uniform.
    pub params: Params,
    /// What the chains are of.
    pub value: Value,
    /// `[groups * 64]` f32
    pub y: BufferId,
    /// Workgroups.
    pub groups: u32,
}

impl FmaChains {
    /// Threads, and so numbers of y.
    #[must_use]
    pub fn threads(&self) -> u32 {
        self.groups * WORKGROUP
    }

    /// Floating-point operations of the call.
    #[must_use]
    pub fn operations(&self) -> f64 {
        let steps = self.params.rounds * STEPS * CHAINS * self.value.numbers();
        2.0 * f64::from(self.threads()) * f64::from(steps)
    }
}

impl Kernel for FmaChains {
    fn name(&self) -> &'static str {
        "fma_chains"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        let value = match self.value {
            Value::Scalar => "scalar",
            Value::Quad => "quad",
        };
        vec![("chain", value)]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        vec![self.y]
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.groups, 1, 1]
    }
}
