//! Guidance, biases, bans and repetition penalty on stored logits, in place.

use super::Kernel;
use crate::recording::{BufferId, Tier};
use crate::shader::Role;

/// Ids that one workgroup owns (`SPAN` of the shader).
const SPAN: u32 = 4096;

/// Uniform of `shaders/logit_guidance.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Numbers of a row of logits.
    pub vocabulary: u32,
}

/// One id whose logit changes (`shaders/lib/logit_rules.wgsl`).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Rule {
    /// The token.
    pub id: u32,
    /// Added to its logit; [`crate::kernels::LOWEST`] or less is a ban.
    pub bias: f32,
    /// 1 where the repetition penalty applies, else 0.
    pub penalised: u32,
}

/// The start of a rules buffer; its [`Rule`]s follow, no id twice.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct RulesHeader {
    /// Factor of the difference to the unconditional logits: the guidance scale + 1.
    pub guidance: f32,
    /// Divides positive and multiplies negative logits of penalised ids.
    pub penalty: f32,
    /// Most ids kept; 0 keeps all.
    pub top_k: u32,
    /// Probability kept; 1 or more keeps all.
    pub top_p: f32,
    /// 1 where stop ids have no probability once the token is chosen, else 0.
    pub eos_last: u32,
    /// Rules that follow.
    pub entries: u32,
}

impl RulesHeader {
    /// Rules that change nothing.
    pub const NONE: Self = Self {
        guidance: 1.0,
        penalty: 1.0,
        top_k: 0,
        top_p: 1.0,
        eos_last: 0,
        entries: 0,
    };

    /// Words of a rules buffer with room for `entries` rules.
    #[must_use]
    pub fn words(entries: usize) -> usize {
        // A runtime-sized array has room for one element at least.
        (size_of::<Self>() + entries.max(1) * size_of::<Rule>()) / 4
    }
}

/// `logits[r, v] = penalise(u + guidance * (logits[r, v] - u) + bias_v)`.
#[derive(Clone, Debug)]
pub struct LogitGuidance {
    /// Uniform.
    pub params: Params,
    /// Rows of logits.
    pub rows: u32,
    /// `[rows, vocabulary]` f32
    pub logits: BufferId,
    /// A [`RulesHeader`], then its [`Rule`]s
    pub rules: BufferId,
    /// `[rows, vocabulary]` f32; no guidance where absent
    pub unconditional: Option<BufferId>,
}

impl Kernel for LogitGuidance {
    fn name(&self) -> &'static str {
        "logit_guidance"
    }
    fn roles(&self, _tier: Tier) -> Vec<Role> {
        let contrast = match self.unconditional {
            Some(_) => "unconditional",
            None => "none",
        };
        vec![("contrast", contrast)]
    }
    fn params(&self) -> &[u8] {
        bytemuck::bytes_of(&self.params)
    }
    fn bindings(&self) -> Vec<BufferId> {
        let mut bindings = vec![self.logits, self.rules];
        bindings.extend(self.unconditional);
        bindings
    }
    fn workgroups(&self, _tier: Tier) -> [u32; 3] {
        [self.params.vocabulary.div_ceil(SPAN), self.rows, 1]
    }
}
