//! The transformer of MDLM (arXiv 2406.07524), BD3-LM (arXiv 2503.09573) and SEDD (arXiv 2310.16834):
//! LayerNorms and residuals are modulated by the noise level (Peebles & Xie 2022, arXiv 2212.09748).
//!
//! The first two were trained without the noise level, which is 0 throughout: every modulation is a
//! constant of the checkpoint. The host computes it while it loads, into gains, offsets and factors.
//! SEDD is told the level (`noise.rs`).

mod noise;

use super::folder::{Folder, Sizes};
use super::names::{input, one};
use super::parameter::{Parameter, ParameterName, Shape};
use super::registry::Family;
use super::spec::ModelSpec;
use super::transformer::{Activation, Form, NormPlace, Transformer};
use crate::error::{Error, Result};
use crate::kernels::norm::NormKind;
use crate::weights::Assembly;

const FORM: Form = Form {
    norm: NormKind::Layer,
    norm_place: NormPlace::Before,
    activation: Activation::GeluTanh,
};

const SETTLED: &[(&str, &str)] = &[
    ("time_conditioning", "false"),
    ("causal", "false"),
    ("adaln", "true"),
];

/// Numbers that the noise level is embedded as: cosines, then sines.
const EMBEDDED_NOISE: usize = 256;

/// The network of an MDLM or BD3-LM checkpoint.
///
/// # Errors
/// As [`super::detect`].
pub fn read(folder: &Folder, family: &Family) -> Result<Transformer> {
    folder.settle(family.name, SETTLED)?;
    let config = folder.config;
    let hidden = config.size("hidden_dim")?;
    let sizes = Sizes {
        hidden,
        layers: config.count("n_blocks")?,
        heads: config.count("n_heads")?,
        ffn: 4 * hidden,
        vocabulary: config.size("vocab_size")?,
        context: config.size("model_length")?,
        eps: 1e-5,
    };
    let mut spec = folder.spec(family, sizes)?;
    // The row behind the tokenizer's.
    spec.mask_id = spec.mask_id.or(Some(spec.vocabulary as u32 - 1));
    let modulation = Modulation {
        hidden,
        condition: config.size("cond_dim")?,
        prefix: "backbone.",
        is_told: false,
    };
    let parameters = parameters(&spec, modulation);
    Transformer::new(spec, parameters, FORM)
}

/// The network of a SEDD checkpoint, whose noise absorbs tokens. Its head gives logarithms of ratios
/// of probabilities; where a token is absorbed, the softmax over the others is the distribution of
/// the token that the published samplers put there.
///
/// # Errors
/// As [`super::detect`].
pub fn read_sedd(folder: &Folder, family: &Family) -> Result<Transformer> {
    let missing = |name| {
        Error::bad_file(format!(
            "config.json has a \"graph\", as SEDD's do, but no \"{name}\"; download it again"
        ))
    };
    let part = |name| folder.config.object(name)?.ok_or_else(|| missing(name));
    let (graph, config) = (part("graph")?, part("model")?);
    if graph.text("type") != Some("absorb") {
        return Err(Error::unsupported(
            "SEDD with another noise than \"absorb\" is not supported: it replaces tokens by others \
             instead of filling masks; use sedd-small",
        ));
    }
    let hidden = config.size("hidden_size")?;
    let condition = config.size("cond_dim")?;
    if !condition.is_multiple_of(4) {
        return Err(Error::unsupported(format!(
            "SEDD with a \"cond_dim\" of {condition} is not supported; a multiple of 4 is"
        )));
    }
    let tokens = folder.config.size("tokens")?;
    let sizes = Sizes {
        hidden,
        layers: config.count("n_blocks")?,
        heads: config.count("n_heads")?,
        ffn: 4 * hidden,
        vocabulary: tokens + 1,
        context: config.size("length")?,
        eps: 1e-5,
    };
    let mut spec = folder.spec(family, sizes)?;
    spec.architecture = "sedd".to_owned();
    spec.mask_id = Some(tokens as u32);
    spec.noise_steps = Some(noise::STEPS as u32);
    let modulation = Modulation {
        hidden,
        condition,
        prefix: "",
        is_told: true,
    };
    let parameters = parameters(&spec, modulation);
    Transformer::new(spec, parameters, FORM)
}

fn parameters(spec: &ModelSpec, modulation: Modulation) -> Vec<Parameter> {
    let (hidden, vocabulary) = (spec.hidden, spec.vocabulary);
    let prefix = modulation.prefix;
    let output = format!("{prefix}output_layer");
    let matrix = Shape::Matrix(vocabulary, hidden);
    let embedding = format!("{prefix}vocab_embed.embedding");
    let mut parameters = modulation.norm(
        ("final_norm", None),
        &format!("{output}.norm_final.weight"),
        (&output, [0, 1], 2),
    );
    if modulation.is_told {
        parameters.push(noise::conditions(modulation));
    }
    parameters.extend([
        one(("embedding", None), embedding, matrix),
        one(("head", None), format!("{output}.linear.weight"), matrix),
        one(
            ("head_bias", None),
            format!("{output}.linear.bias"),
            Shape::Vector(vocabulary),
        ),
    ]);
    let layers = (0..spec.layers).flat_map(|layer| layer_parameters(spec, modulation, layer));
    parameters.extend(layers);
    parameters
}

fn layer_parameters(spec: &ModelSpec, modulation: Modulation, layer: usize) -> Vec<Parameter> {
    let (hidden, ffn) = (spec.hidden, spec.ffn);
    let block = format!("{}blocks.{layer}", modulation.prefix);
    let tensor = |name: &str| format!("{block}.{name}");
    let named = |role| (role, Some(layer));
    let matrix = |role, name: &str, rows, columns| {
        one(named(role), tensor(name), Shape::Matrix(rows, columns))
    };
    let norm = |role, name: &str, parts| {
        let gain = tensor(&format!("{name}.weight"));
        modulation.norm(named(role), &gain, (&block, parts, 6))
    };
    let bias = Some(tensor("mlp.2.bias"));
    let mut parameters = norm("attention_norm", "norm1", [0, 1]);
    parameters.extend(norm("ffn_norm", "norm2", [3, 4]));
    parameters.extend(modulation.gate(named("o_affine"), None, (&block, 2)));
    parameters.extend(modulation.gate(named("down_affine"), bias, (&block, 5)));
    parameters.extend([
        matrix("qkv", "attn_qkv.weight", 3 * hidden, hidden),
        matrix("o", "attn_out.weight", hidden, hidden),
        matrix("up", "mlp.0.weight", ffn, hidden),
        one(named("up_bias"), tensor("mlp.0.bias"), Shape::Vector(ffn)),
        matrix("down", "mlp.2.weight", hidden, ffn),
    ]);
    parameters
}

// ---- modulation ---------------------------------------------------------------------------

/// What the noise level does to a network of these sizes.
#[derive(Clone, Copy)]
struct Modulation {
    hidden: usize,
    condition: usize,
    /// Of the tensors' names.
    prefix: &'static str,
    /// Whether the level is told; else it is 0.
    is_told: bool,
}

impl Modulation {
    /// What some parts of the modulation of `owner`, which has so many, are made of.
    fn inputs(self, owner: &str, parts: &[usize], of: usize) -> Vec<(Assembly, u64)> {
        // Products of sizes that strangers wrote, which need not fit the words of a browser.
        let (hidden, condition) = (self.hidden as u64, self.condition as u64);
        let own = |name: &str| format!("{owner}.adaLN_modulation.{name}");
        let rows = |part: &usize| part * self.hidden..(part + 1) * self.hidden;
        let weight = Assembly::Reordered(own("weight"), parts.iter().map(rows).collect());
        let mut inputs = self.map_inputs();
        inputs.extend([
            (weight, parts.len() as u64 * hidden * condition),
            input(own("bias"), of as u64 * hidden),
        ]);
        inputs
    }

    /// What makes a condition of the noise level.
    fn map_inputs(self) -> Vec<(Assembly, u64)> {
        let condition = self.condition as u64;
        let map = |name: &str| format!("{}sigma_map.mlp.{name}", self.prefix);
        vec![
            input(map("0.weight"), condition * EMBEDDED_NOISE as u64),
            input(map("0.bias"), condition),
            input(map("2.weight"), condition * condition),
            input(map("2.bias"), condition),
        ]
    }

    /// Gain and offset of a modulated LayerNorm; shift and scale are two of `owner`'s parts.
    fn norm(
        self,
        name: ParameterName,
        gain: &str,
        (owner, [shift, scale], of): (&str, [usize; 2], usize),
    ) -> Vec<Parameter> {
        if self.is_told {
            return noise::norm(self, name, gain, (owner, [shift, scale], of)).into();
        }
        let hidden = self.hidden;
        let mut inputs = self.inputs(owner, &[shift, scale], of);
        inputs.push(input(gain, hidden as u64));
        let shape = Shape::Vector(2 * hidden);
        let parameter = Parameter::computed(name, inputs, shape, move |inputs| {
            let parts = modulation(inputs, &[shift, scale], hidden);
            let gains = inputs[6].iter().zip(&parts[1]);
            let gains = gains.map(|(gain, scale)| gain * (1.0 + scale));
            gains.chain(parts[0].iter().copied()).collect()
        });
        vec![parameter]
    }

    /// Factors and offsets of a gated product with or without a bias; the gate is one of `owner`'s
    /// six parts.
    fn gate(
        self,
        name: ParameterName,
        bias: Option<String>,
        (owner, gate): (&str, usize),
    ) -> Vec<Parameter> {
        if self.is_told {
            return noise::gate(self, name, bias, (owner, gate)).into();
        }
        let hidden = self.hidden;
        let mut inputs = self.inputs(owner, &[gate], 6);
        inputs.extend(bias.map(|bias| input(bias, hidden as u64)));
        let shape = Shape::Vector(2 * hidden);
        let parameter = Parameter::computed(name, inputs, shape, move |inputs| {
            let mut affine = modulation(inputs, &[gate], hidden).swap_remove(0);
            let bias = |i: usize| inputs.get(6).map_or(0.0, |bias| bias[i]);
            let offsets: Vec<f32> = (0..hidden).map(|i| affine[i] * bias(i)).collect();
            affine.extend(offsets);
            affine
        });
        vec![parameter]
    }
}

/// The parts of `A silu(W2 silu(W1 e + b1) + b2) + a` of the first six inputs, e the embedding of
/// noise level 0. A holds the rows of these parts alone, a those of all.
fn modulation(inputs: &[Vec<f32>], parts: &[usize], hidden: usize) -> Vec<Vec<f32>> {
    // Every cosine of 0 is 1 and every sine 0.
    let half = EMBEDDED_NOISE / 2;
    let noise = [vec![1.0; half], vec![0.0; half]].concat();
    let inner: Vec<f32> = linear(&inputs[0], &inputs[1], &noise).map(silu).collect();
    let condition: Vec<f32> = linear(&inputs[2], &inputs[3], &inner).map(silu).collect();
    let weights = inputs[4].chunks_exact(hidden * condition.len());
    let part = |(index, weight): (&usize, &[f32])| {
        let bias = &inputs[5][index * hidden..][..hidden];
        linear(weight, bias, &condition).collect()
    };
    parts.iter().zip(weights).map(part).collect()
}

/// `W x + b`.
fn linear<'a>(w: &'a [f32], b: &'a [f32], x: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
    let rows = w.chunks_exact(x.len()).zip(b);
    rows.map(move |(row, b)| row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>() + b)
}

fn silu(v: f32) -> f32 {
    v / (1.0 + (-v).exp())
}
