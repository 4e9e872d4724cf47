//! How a network knows where a token is: rotary angles and their scalings, or learned vectors.

use std::fmt;

use serde::Serialize;

use super::config::Config;
use crate::error::{Error, Result};

/// Where positions enter the network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// Queries and keys turn with the position.
    Rotary(Rotary),
    /// A learned vector is added to each embedding; queries and keys stay as they are.
    Learned,
}

/// Rotary angles (Su et al. 2021, arXiv 2104.09864), pairs (i, i + head_dim / 2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotary {
    /// Base of the angles.
    pub theta: f64,
    /// How the angles were stretched for longer texts.
    pub scaling: Scaling,
    /// How much of each head turns, from its first number on; the rest stays as it is (LLaDA2).
    pub portion: f64,
    /// Cosines and sines are those of a table in bf16 (lit-gpt).
    pub bf16_table: bool,
}

/// What was done to the angles so that a network trained on short texts reads longer ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// Nothing.
    None,
    /// Every angle is divided by the factor.
    Linear {
        /// The divisor.
        factor: f64,
    },
    /// Slow angles are divided by the factor, fast ones stay (Llama 3.1, arXiv 2407.21783).
    Llama3 {
        /// The divisor.
        factor: f64,
        /// Turns within the original context up to which an angle is slow.
        low: f64,
        /// Turns from which on it is fast.
        high: f64,
        /// Positions of the original context.
        original: f64,
    },
    /// As before with a ramp over dimensions, and cosines and sines grow (YaRN, arXiv 2309.00071).
    Yarn {
        /// The divisor.
        factor: f64,
        /// Positions of the original context.
        original: f64,
        /// Turns from which on an angle is fast.
        fast: f64,
        /// Turns up to which it is slow.
        slow: f64,
        /// Factor of cosines and sines.
        amplitude: f64,
    },
}

impl Rotary {
    /// Angles of base `theta` as they are.
    #[must_use]
    pub fn plain(theta: f64) -> Self {
        Self {
            theta,
            scaling: Scaling::None,
            portion: 1.0,
            bf16_table: false,
        }
    }

    /// Numbers of a head that turn, which is even.
    #[must_use]
    pub fn turning(&self, head_dim: usize) -> usize {
        let turning = (head_dim as f64 * self.portion) as usize;
        (turning / 2 * 2).min(head_dim)
    }

    /// The angle of one position for pair `pair` of `head_dim / 2`.
    fn frequency(&self, pair: usize, head_dim: usize) -> f64 {
        let plain = self.theta.powf(-2.0 * pair as f64 / head_dim as f64);
        match self.scaling {
            Scaling::None => plain,
            Scaling::Linear { factor } => plain / factor,
            Scaling::Llama3 {
                factor,
                low,
                high,
                original,
            } => {
                let turns = original * plain / std::f64::consts::TAU;
                let fast = ((turns - low) / (high - low)).clamp(0.0, 1.0);
                plain * (fast + (1.0 - fast) / factor)
            }
            Scaling::Yarn {
                factor,
                original,
                fast,
                slow,
                ..
            } => {
                // The pair whose angle makes so many turns within the original context.
                let pair_of = |turns: f64| {
                    let wavelength = original / (turns * std::f64::consts::TAU);
                    head_dim as f64 * wavelength.ln() / (2.0 * self.theta.ln())
                };
                let first = pair_of(fast).floor().max(0.0);
                let last = pair_of(slow).ceil().min(head_dim as f64 - 1.0);
                let width = if last > first { last - first } else { 0.001 };
                let slowness = ((pair as f64 - first) / width).clamp(0.0, 1.0);
                plain * (1.0 - slowness + slowness / factor)
            }
        }
    }

    fn amplitude(&self) -> f32 {
        match self.scaling {
            Scaling::Yarn { amplitude, .. } => amplitude as f32,
            Scaling::None | Scaling::Linear { .. } | Scaling::Llama3 { .. } => 1.0,
        }
    }

    /// `[positions, head_dim / 2, 2]`: cosine and sine of each angle; pairs that do not turn come last.
    #[must_use]
    pub fn turns(&self, positions: usize, head_dim: usize) -> Vec<f32> {
        let turning = self.turning(head_dim);
        let frequencies = (0..head_dim / 2).map(|pair| match pair < turning / 2 {
            true => self.frequency(pair, turning) as f32,
            false => 0.0,
        });
        let frequencies: Vec<f32> = frequencies.collect();
        let amplitude = self.amplitude();
        let stored = |value: f32| match self.bf16_table {
            true => to_bf16(value),
            false => value,
        };
        let mut turns = Vec::with_capacity(positions * head_dim);
        for position in 0..positions {
            for (pair, frequency) in frequencies.iter().enumerate() {
                let amplitude = if pair < turning / 2 { amplitude } else { 1.0 };
                // Like the checkpoints' own code, the angle is a single-precision product.
                let angle = position as f32 * frequency;
                let (sin, cos) = (angle.sin(), angle.cos());
                turns.extend([cos, sin].map(|value| stored(value * amplitude)));
            }
        }
        turns
    }
}

/// The nearest bf16, of two equally near ones the even.
fn to_bf16(value: f32) -> f32 {
    let bits = value.to_bits();
    let rounded = bits + 0x7fff + (bits >> 16 & 1);
    f32::from_bits(rounded & 0xffff_0000)
}

impl Rotary {
    /// `[head_dim / 2, 2]`: cosine and sine by which a key turns that goes `shift` positions on. `None`
    /// for tables in bf16, whose turns do not add up.
    #[must_use]
    pub fn shift(&self, shift: i32, head_dim: usize) -> Option<Vec<f32>> {
        let turn = |pair| {
            let frequency = f64::from(self.frequency(pair, head_dim) as f32);
            let (sin, cos) = (f64::from(shift) * frequency).sin_cos();
            [cos as f32, sin as f32]
        };
        (!self.bf16_table).then(|| (0..head_dim / 2).flat_map(turn).collect())
    }
}

impl Positions {
    /// `[positions, head_dim / 2, 2]`: cosine and sine of each angle; learned positions do not turn.
    #[must_use]
    pub fn turns(&self, positions: usize, head_dim: usize) -> Vec<f32> {
        match self {
            Self::Rotary(rotary) => rotary.turns(positions, head_dim),
            Self::Learned => [1.0, 0.0].repeat(positions * head_dim / 2),
        }
    }
}

impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rotary(rotary) => write!(f, "RoPE theta {}", rotary.theta),
            Self::Learned => f.write_str("learned positions"),
        }
    }
}

/// What the configuration says of rotary angles; newer ones keep it all under `rope_parameters`.
///
/// # Errors
/// `unsupported_model` for a scaling that is not implemented; `bad_file` for a field of the wrong
/// kind.
pub fn read_rotary(config: &Config) -> Result<Rotary> {
    const USUAL: f64 = 10_000.0;
    let plain = Rotary {
        portion: config.number("partial_rotary_factor", 1.0)?.min(1.0),
        ..Rotary::plain(at_least_one(config, "rope_theta", USUAL)?)
    };
    let nested = config.object("rope_parameters")?;
    let Some(scaling) = nested.or(config.object("rope_scaling")?) else {
        return Ok(plain);
    };
    Ok(Rotary {
        theta: at_least_one(&scaling, "rope_theta", plain.theta)?,
        scaling: read_scaling(&scaling, config)?,
        portion: scaling
            .number("partial_rotary_factor", plain.portion)?
            .min(1.0),
        ..plain
    })
}

fn read_scaling(scaling: &Config, config: &Config) -> Result<Scaling> {
    let kind = scaling.text("rope_type").or_else(|| scaling.text("type"));
    let kind = kind.unwrap_or("default");
    // Some files name the kind alone and keep the factors elsewhere.
    let factor = || match scaling.get("factor") {
        Some(_) => at_least_one(scaling, "factor", 1.0),
        None => Err(Error::unsupported(format!(
            "rotary scaling \"{kind}\" without its \"factor\" is not supported; convert the \
             model's folder instead"
        ))),
    };
    let context = || config.number("max_position_embeddings", 1.0);
    let original = || scaling.number("original_max_position_embeddings", context()?);
    match kind {
        "default" => Ok(Scaling::None),
        "linear" => Ok(Scaling::Linear { factor: factor()? }),
        "llama3" => {
            let low = scaling.number("low_freq_factor", 1.0)?;
            Ok(Scaling::Llama3 {
                factor: factor()?,
                low,
                // Any distance between the two will do where the file leaves none.
                high: scaling.number("high_freq_factor", 4.0)?.max(low + 1e-3),
                original: original()?,
            })
        }
        "yarn" => Ok(Scaling::Yarn {
            factor: factor()?,
            original: original()?,
            fast: scaling.number("beta_fast", 32.0)?,
            slow: scaling.number("beta_slow", 1.0)?,
            amplitude: yarn_amplitude(scaling)?,
        }),
        kind => Err(Error::unsupported(format!(
            "rotary scaling \"{kind}\" is not supported; default, linear, llama3 and yarn are"
        ))),
    }
}

/// A base or factor of angles; a smaller one would leave the numbers of single precision.
///
/// # Errors
/// `bad_file` when it is none.
pub fn at_least_one(config: &Config, name: &str, default: f64) -> Result<f64> {
    match config.number(name, default)? {
        number if number >= 1.0 => Ok(number),
        number => Err(Error::bad_file(format!(
            "the model's configuration: \"{name}\" is {number}; 1 or more is expected"
        ))),
    }
}

fn yarn_amplitude(scaling: &Config) -> Result<f64> {
    let factor = scaling.number("factor", 1.0)?;
    let grown = |scale: f64| match factor > 1.0 {
        true => 0.1 * scale * factor.ln() + 1.0,
        false => 1.0,
    };
    let usual = match (scaling.get("mscale"), scaling.get("mscale_all_dim")) {
        (Some(_), Some(_)) => {
            let scale = scaling.number("mscale", 1.0)?;
            grown(scale) / grown(scaling.number("mscale_all_dim", 1.0)?)
        }
        _ => grown(1.0),
    };
    scaling.number("attention_factor", usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rotary(fields: serde_json::Value) -> Rotary {
        read_rotary(&Config::new(fields).unwrap()).unwrap()
    }

    #[test]
    fn bf16_rounds_to_the_nearest_even() {
        for (value, expected) in [
            (1.0, 1.0),
            (1.0 + 1.0 / 256.0, 1.0),
            (1.0 + 3.0 / 256.0, 1.0 + 4.0 / 256.0),
            (0.1, 205.0 / 2048.0),
            (-0.1, -205.0 / 2048.0),
            (0.0, 0.0),
        ] {
            assert_eq!(to_bf16(value), expected, "{value}");
        }
    }

    #[test]
    fn a_turned_key_that_moves_is_the_key_turned_elsewhere() {
        let yarn = json!({"rope_theta": 10000.0, "rope_scaling": {"rope_type": "yarn",
            "factor": 4.0, "original_max_position_embeddings": 64}});
        for rotary in [Rotary::plain(10_000.0), rotary(yarn)] {
            let table = rotary.turns(100, 32);
            for (from, to) in [(3_usize, 90_usize), (90, 3), (40, 41)] {
                let shift = rotary.shift(to as i32 - from as i32, 32).unwrap();
                for pair in 0..16 {
                    let at =
                        |position: usize| [0, 1].map(|i| table[(position * 16 + pair) * 2 + i]);
                    let ([cos, sin], [c, s]) = (at(from), [shift[2 * pair], shift[2 * pair + 1]]);
                    let turned = [cos * c - sin * s, sin * c + cos * s];
                    for (found, expected) in turned.iter().zip(at(to)) {
                        assert!(
                            (found - expected).abs() < 1e-5,
                            "{from} to {to}, pair {pair}"
                        );
                    }
                }
            }
        }
        let rounded = Rotary {
            bf16_table: true,
            ..Rotary::plain(10_000.0)
        };
        assert_eq!(rounded.shift(1, 32), None);
    }

    #[test]
    fn learned_positions_turn_nothing() {
        assert_eq!(
            Positions::Learned.turns(2, 4),
            [1., 0., 1., 0., 1., 0., 1., 0.]
        );
    }

    #[test]
    fn llama3_leaves_fast_angles_and_divides_slow_ones() {
        let scaled = rotary(json!({"rope_theta": 500000.0, "rope_scaling": {
            "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192}}));
        let plain = Rotary::plain(500_000.0);
        assert_eq!(scaled.frequency(0, 64), plain.frequency(0, 64));
        let slowest = scaled.frequency(31, 64) / plain.frequency(31, 64);
        assert!((slowest - 1.0 / 8.0).abs() < 1e-12);
    }

    #[test]
    fn theta_may_be_in_either_place() {
        assert_eq!(rotary(json!({})).theta, 10_000.0);
        assert_eq!(rotary(json!({"rope_theta": 7.0})).theta, 7.0);
        let nested = json!({"rope_parameters": {"rope_theta": 7.0, "rope_type": "default"}});
        assert_eq!(rotary(nested), Rotary::plain(7.0));
        let dynamic = Config::new(json!({"rope_scaling": {"type": "dynamic"}})).unwrap();
        let bare = Config::new(json!({"rope_scaling": {"rope_type": "llama3"}})).unwrap();
        assert!(read_rotary(&bare).unwrap_err().message.contains("factor"));
        assert!(
            read_rotary(&dynamic)
                .unwrap_err()
                .message
                .contains("dynamic")
        );
    }
}
