//! Mixtures of experts: what a family's configuration says of them, and their tensors.

use super::of_layer;
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::route::{MOST_EXPERTS, MOST_GROUPS};
use crate::model::config::Config;
use crate::model::folder::Folder;
use crate::model::names::{bias_or_zero, one};
use crate::model::parameter::{Parameter, Shape};
use crate::model::spec::{Experts, ModelSpec};
use crate::weights::Assembly;

/// How a family has its experts; in tensor names `{}` stands for the layer, `{e}` for the expert.
pub struct Mixture {
    /// Field of the inner size of an expert.
    pub ffn: &'static str,
    /// Field of the inner size of the expert that serves all rows, and the stem of its tensors.
    pub shared: (SharedSize, &'static str),
    /// How many layers have no experts.
    pub dense: Dense,
    /// Whether scores are sigmoids with a bias (`mlp.gate.expert_bias`) and groups.
    pub sigmoid: bool,
    /// Whether the shares of a row are made to add up to 1: as the field says, or always so.
    pub normal: (&'static str, bool),
}

/// How a configuration gives the size of the shared expert.
pub enum SharedSize {
    /// As a size.
    Size(&'static str),
    /// As a number of experts.
    Count(&'static str),
    /// There is none.
    None,
}

/// Which layers have a plain feed-forward network.
pub enum Dense {
    /// So many at the beginning, by this field.
    First(&'static str),
    /// None.
    Never,
}

const ROUTER: &str = "model.layers.{}.mlp.gate.weight";
const BIAS: &str = "model.layers.{}.mlp.gate.expert_bias";
const EXPERT: [&str; 3] = [
    "model.layers.{}.mlp.experts.{e}.gate_proj.weight",
    "model.layers.{}.mlp.experts.{e}.up_proj.weight",
    "model.layers.{}.mlp.experts.{e}.down_proj.weight",
];

/// Qwen3-MoE and what was made of it: SDAR-MoE, RND1.
pub const QWEN3: Mixture = Mixture {
    ffn: "moe_intermediate_size",
    shared: (SharedSize::None, ""),
    dense: Dense::Never,
    sigmoid: false,
    normal: ("norm_topk_prob", false),
};

/// LLaDA-MoE, whose code never makes shares add up to 1.
pub const LLADA_MOE: Mixture = Mixture {
    ffn: "expert_intermediate_size",
    shared: (
        SharedSize::Size("shared_expert_intermediate_size"),
        "model.layers.{}.mlp.shared_expert",
    ),
    dense: Dense::Never,
    sigmoid: false,
    normal: ("", false),
};

/// LLaDA2.
pub const LLADA2: Mixture = Mixture {
    ffn: "moe_intermediate_size",
    shared: (
        SharedSize::Count("num_shared_experts"),
        "model.layers.{}.mlp.shared_experts",
    ),
    dense: Dense::First("first_k_dense_replace"),
    sigmoid: true,
    normal: ("", true),
};

fn refuse<T>(what: &str) -> Result<T> {
    Err(Error::unsupported(format!("{what} is not supported")))
}

/// What the configuration says of the experts.
///
/// # Errors
/// `unsupported_model` for numbers that the kernels do not take; `bad_file` for a field that is
/// missing or of the wrong kind; `missing_tensor` where there are fewer experts.
pub fn read(folder: &Folder, mixture: &Mixture, layers: usize) -> Result<Experts> {
    let config = folder.config;
    let ffn = config.size(mixture.ffn)?;
    let groups = |name| match mixture.sigmoid {
        true => Ok(config.optional_size(name)?.unwrap_or(1)),
        false => Ok(1),
    };
    let normal = match mixture.normal {
        ("", always) => always,
        (name, usual) => config.flag(name)?.unwrap_or(usual),
    };
    let experts = Experts {
        count: config.size("num_experts")?,
        chosen: config.size("num_experts_per_tok")?,
        ffn,
        shared_ffn: mixture.shared.0.read(config, ffn)?,
        dense_layers: mixture.dense_layers(config).min(layers),
        groups: groups("n_group")?,
        open_groups: groups("topk_group")?,
        biased: mixture.sigmoid,
        normal,
        scale: config.number("routed_scaling_factor", 1.0)? as f32,
    };
    check(&experts)?;
    // Each expert of each layer is listed before any of them is looked for.
    let last = expert_tensor(EXPERT[2], layers - 1, experts.count - 1);
    match experts.dense_layers == layers || (folder.has_tensor)(&last) {
        true => Ok(experts),
        false => Err(Error::new(
            ErrorCode::MissingTensor,
            format!(
                "the checkpoint has no tensor \"{last}\", but its config.json names {} experts; \
                 download it again",
                experts.count
            ),
        )),
    }
}

impl SharedSize {
    fn read(&self, config: &Config, ffn: usize) -> Result<usize> {
        Ok(match self {
            Self::Size(name) => config.optional_size(name)?.unwrap_or(0),
            Self::Count(name) => config.optional_size(name)?.unwrap_or(0).saturating_mul(ffn),
            Self::None => 0,
        })
    }
}

impl Mixture {
    fn dense_layers(&self, config: &Config) -> usize {
        match self.dense {
            // May be 0, which is no size.
            Dense::First(name) => {
                let first = config.get(name).and_then(|count| count.as_u64());
                usize::try_from(first.unwrap_or(0)).unwrap_or(usize::MAX)
            }
            Dense::Never => 0,
        }
    }
}

fn check(experts: &Experts) -> Result<()> {
    let Experts {
        count,
        chosen,
        ffn,
        groups,
        open_groups,
        ..
    } = *experts;
    if count > MOST_EXPERTS {
        return refuse(&format!(
            "a layer of {count} experts (up to {MOST_EXPERTS} are)"
        ));
    }
    if !count.is_multiple_of(groups) || groups > MOST_GROUPS {
        return refuse(&format!("dividing {count} experts into {groups} groups"));
    }
    if open_groups > groups || chosen > count / groups * open_groups {
        return refuse(&format!(
            "choosing {chosen} of {count} experts from {open_groups} of {groups} groups"
        ));
    }
    let fits = |size: usize| size.is_multiple_of(4) && size.saturating_mul(2 * count) <= 1 << 30;
    if !fits(ffn) || !fits(experts.shared_ffn) {
        return refuse(&format!(
            "an expert of inner size {ffn} (a multiple of 4 is)"
        ));
    }
    Ok(())
}

fn expert_tensor(name: &str, layer: usize, expert: usize) -> String {
    of_layer(name, layer).replace("{e}", &expert.to_string())
}

/// The parameters of a layer's experts: the router, in single precision because its order decides,
/// and the weights of all experts.
pub fn parameters(
    spec: &ModelSpec,
    experts: &Experts,
    mixture: &Mixture,
    layer: usize,
) -> Vec<Parameter> {
    let Experts { count, ffn, .. } = *experts;
    let tensors = |name| (0..count).map(move |e| expert_tensor(name, layer, e));
    let [gates, ups, downs] = EXPERT.map(tensors);
    let pairs = gates.zip(ups).map(|(gate, up)| [gate, up]);
    let name = |role| (role, Some(layer));
    let mut parameters = vec![
        one(
            name("router"),
            of_layer(ROUTER, layer),
            Shape::Table(count, spec.hidden),
        ),
        Parameter::stored(
            name("experts_up"),
            Assembly::Alternating(pairs.collect()),
            Shape::Stack(count, 2 * ffn, spec.hidden),
        ),
        Parameter::stored(
            name("experts_down"),
            Assembly::Stacked(downs.collect()),
            Shape::Stack(count, spec.hidden, ffn),
        ),
    ];
    if experts.biased {
        let bias = Some(of_layer(BIAS, layer));
        parameters.push(bias_or_zero(name("router_bias"), bias, count));
    }
    if experts.shared_ffn > 0 {
        let tensor = |part| format!("{}.{part}_proj.weight", of_layer(mixture.shared.1, layer));
        let names = ["gate", "up", "down"].map(tensor);
        parameters.extend(super::feed_forward(
            names,
            layer,
            spec.hidden,
            experts.shared_ffn,
        ));
    }
    parameters
}
