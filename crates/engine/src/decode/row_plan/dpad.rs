//! A sample of the masks behind the block, the thinner the farther (DPad).

use super::super::method::{Method, Parameter};
use super::limited::CACHE;
use super::{Inner, Limited, RowPlan, Suffix};
use crate::random;

pub(super) const METHOD: Method<dyn RowPlan> = Method {
    name: "dpad",
    doc: "Leaves out most masks behind the block, by chance and the more the farther they are: they are neither forwarded nor seen. Drawn anew for every block. An approximation.",
    source: "DPad, arXiv 2508.14148",
    parameters: &[
        Parameter::count(
            "window",
            2,
            256,
            "Masks behind the block among which some stay.",
        ),
        Parameter::real(
            "sigma",
            0.1,
            10.0,
            4.0,
            "Standard deviations that the window spans.",
        ),
        Parameter::real(
            "scale",
            0.1,
            10.0,
            2.0,
            "A mask stays with this many times the normal density at its distance.",
        ),
        CACHE,
    ],
    build: |values, setup| {
        let dropout = Dropout {
            window: values.count("window"),
            sigma: values.real("sigma"),
            scale: values.real("scale"),
            seed: setup.seed,
        };
        Ok(Box::new(Limited::new(dropout, Inner::of(values))))
    },
};

/// Distinguishes its random numbers from those of the same seed elsewhere.
const SALT: u32 = 0xd9ad;

/// Keeps the mask at distance `r < window` with probability `scale * phi(sigma * r / (window - 1))`,
/// where `phi` is the standard normal density.
pub struct Dropout {
    /// Masks behind the block that can stay, at least 2.
    pub window: u32,
    /// Standard deviations that the window spans.
    pub sigma: f32,
    /// Factor of the density.
    pub scale: f32,
    /// The draw is a function of it, the block and the position.
    pub seed: u64,
}

impl Dropout {
    fn probability(&self, distance: u32) -> f32 {
        let z = self.sigma * distance as f32 / (self.window - 1) as f32;
        self.scale * (-0.5 * z * z).exp() / std::f32::consts::TAU.sqrt()
    }
}

impl Suffix for Dropout {
    fn keeps(&self, block: u32, position: u32, distance: u32) -> bool {
        let key = random::row_key(self.seed, block, position);
        let drawn = random::uniform(random::bits(key, SALT));
        distance < self.window && drawn < self.probability(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dropout(seed: u64) -> Dropout {
        Dropout {
            window: 64,
            sigma: 4.0,
            scale: 2.0,
            seed,
        }
    }

    fn kept(seed: u64, block: u32) -> Vec<u32> {
        let stays = |at: &u32| dropout(seed).keeps(block, 100 + at, *at);
        (0..200).filter(stays).collect()
    }

    #[test]
    fn as_many_stay_as_the_density_says() {
        let expected: f32 = (0..64).map(|at| dropout(0).probability(at)).sum();
        let count: usize = (0..300).map(|seed| kept(seed, 0).len()).sum();
        let mean = count as f32 / 300.0;
        assert!((mean - expected).abs() < 0.5, "{mean} of {expected}");
        // 2 / sqrt(2 pi), and what four standard deviations leave of it.
        assert!((dropout(0).probability(0) - 0.797_885).abs() < 1e-5);
        assert!(dropout(0).probability(63) < 3e-4);
    }

    #[test]
    fn a_draw_lasts_a_block() {
        assert_eq!(kept(3, 0), kept(3, 0));
        assert_ne!(kept(3, 0), kept(3, 1));
        assert_ne!(kept(3, 0), kept(4, 0));
        assert!(kept(3, 0).iter().all(|at| *at < 64));
    }
}
