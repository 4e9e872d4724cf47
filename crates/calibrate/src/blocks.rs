//! Blocks of 32 weights: their scale, and the rounding of one weight.

use half::f16;
use unmask_engine::weights::Format;

/// Weights a block.
pub const BLOCK: usize = 32;

/// How the weights of a block become whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// 4 bits: -8 to 7.
    Q4_0,
    /// 8 bits: -127 to 127.
    Q8_0,
}

/// A block that is being filled.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    scale: f16,
    quants: [i8; BLOCK],
}

impl Scheme {
    /// That of `format`, where it has blocks.
    #[must_use]
    pub fn of(format: Format) -> Option<Self> {
        match format {
            Format::Q4_0 => Some(Self::Q4_0),
            Format::Q8_0 => Some(Self::Q8_0),
            Format::F16 | Format::F32 => None,
        }
    }

    /// The format that it fills.
    #[must_use]
    pub fn format(self) -> Format {
        match self {
            Self::Q4_0 => Format::Q4_0,
            Self::Q8_0 => Format::Q8_0,
        }
    }

    /// Bytes of a block in a file.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Q4_0 => 2 + BLOCK / 2,
            Self::Q8_0 => 2 + BLOCK,
        }
    }

    fn range(self) -> (f64, f64) {
        match self {
            Self::Q4_0 => (-8.0, 7.0),
            Self::Q8_0 => (-127.0, 127.0),
        }
    }

    /// Scales that are tried, as shares of those that hold the largest weight exactly.
    fn shares(self) -> impl Iterator<Item = f64> {
        let (count, step) = match self {
            Self::Q4_0 => (17, 0.025),
            Self::Q8_0 => (5, 0.01),
        };
        (0..count).map(move |number| 1.0 - step * f64::from(number))
    }

    /// The scale of a block: of some that cut off more or less of the largest weights the one with
    /// the smallest error, each weight's squared and times its `importance`.
    #[must_use]
    pub fn scale(self, weights: &[f64], importance: &[f64]) -> f16 {
        let largest = weights.iter().fold(0.0_f64, |largest, weight| {
            if weight.abs() > largest.abs() {
                *weight
            } else {
                largest
            }
        });
        let (low, high) = self.range();
        // The range is longer below 0: either end may have the largest weight.
        let ends = [largest / low, largest / high];
        let mut best = (f64::INFINITY, f16::ZERO);
        for share in self.shares() {
            for end in ends {
                let scale = f16::from_f64(end * share);
                let error = self.error(weights, importance, scale.to_f64());
                if error < best.0 {
                    best = (error, scale);
                }
            }
        }
        best.1
    }

    fn error(self, weights: &[f64], importance: &[f64], scale: f64) -> f64 {
        let pairs = weights.iter().zip(importance);
        let errors = pairs.map(|(weight, importance)| {
            let error = weight - scale * f64::from(self.quant(*weight, scale));
            importance * error * error
        });
        errors.sum()
    }

    /// The whole number for a weight; halves go away from 0.
    #[must_use]
    pub fn quant(self, weight: f64, scale: f64) -> i8 {
        let (low, high) = self.range();
        let quotient = weight / scale;
        if !quotient.is_finite() {
            return 0;
        }
        quotient.round().clamp(low, high) as i8
    }
}

impl Block {
    /// A block of zeros.
    #[must_use]
    pub fn new(scale: f16) -> Self {
        Self {
            scale,
            quants: [0; BLOCK],
        }
    }

    /// Rounds `weight` as the weight `index` of the block; what it is then.
    pub fn set(&mut self, scheme: Scheme, index: usize, weight: f64) -> f64 {
        let scale = self.scale.to_f64();
        self.quants[index] = scheme.quant(weight, scale);
        scale * f64::from(self.quants[index])
    }

    /// Appends the block as a file has it: ggml's layout.
    pub fn append(&self, scheme: Scheme, out: &mut Vec<u8>) {
        out.extend(self.scale.to_le_bytes());
        match scheme {
            Scheme::Q8_0 => out.extend(self.quants.map(|quant| quant as u8)),
            Scheme::Q4_0 => {
                let (low, high) = self.quants.split_at(BLOCK / 2);
                let nibble = |quant: i8| (quant + 8) as u8;
                out.extend(
                    low.iter()
                        .zip(high)
                        .map(|(l, h)| nibble(*l) | nibble(*h) << 4),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unmask_engine::weights::BlockType;

    fn weights() -> [f64; BLOCK] {
        std::array::from_fn(|i| ((i * 37 % 61) as f64 - 30.0) / 17.0)
    }

    /// A file's reader gives the weights that rounding said.
    #[test]
    fn blocks_are_those_of_ggml() {
        for (scheme, kind) in [
            (Scheme::Q4_0, BlockType::Q4_0),
            (Scheme::Q8_0, BlockType::Q8_0),
        ] {
            let weights = weights();
            let mut block = Block::new(scheme.scale(&weights, &[1.0; BLOCK]));
            let mut rounded = [0.0; BLOCK];
            for (index, weight) in weights.iter().enumerate() {
                rounded[index] = block.set(scheme, index, *weight) as f32;
            }
            let mut bytes = Vec::new();
            block.append(scheme, &mut bytes);
            assert_eq!(bytes.len(), scheme.bytes());
            let mut read = [0.0; BLOCK];
            kind.unpack(&bytes, &mut read);
            assert_eq!(read, rounded);
        }
    }

    #[test]
    fn the_scale_is_no_worse_than_that_of_the_largest_weight() {
        let mut weights = weights();
        weights[3] = -9.0;
        let equal = [1.0; BLOCK];
        let scale = Scheme::Q4_0.scale(&weights, &equal).to_f64();
        let error = |scale: f64| Scheme::Q4_0.error(&weights, &equal, scale);
        assert!(error(scale) <= error(f16::from_f64(9.0 / 8.0).to_f64()));
        // What nobody reads does not decide.
        let mut importance = equal;
        importance[3] = 0.0;
        assert!(Scheme::Q4_0.scale(&weights, &importance).to_f64() < scale);
    }

    #[test]
    fn zeros_stay_zeros() {
        let scale = Scheme::Q4_0.scale(&[0.0; BLOCK], &[1.0; BLOCK]);
        assert_eq!(Block::new(scale).set(Scheme::Q4_0, 0, 0.0), 0.0);
    }
}
