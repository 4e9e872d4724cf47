//! A linear layer of a few hundred weights.

use serde::Deserialize;

/// `y = W x + b`; without a bias, `b` is 0.
#[derive(Clone, Debug, Deserialize)]
pub struct Dense {
    weight: Vec<Vec<f32>>, // [outputs, inputs]
    #[serde(default)]
    bias: Vec<f32>, // [outputs] or empty
}

impl Dense {
    /// Whether it takes `inputs` numbers and gives `outputs`.
    pub fn is(&self, inputs: usize, outputs: usize) -> bool {
        self.weight.len() == outputs
            && self.weight.iter().all(|row| row.len() == inputs)
            && (self.bias.is_empty() || self.bias.len() == outputs)
    }

    /// Numbers that it gives.
    pub fn outputs(&self) -> usize {
        self.weight.len()
    }

    /// Writes `W x + b` to `y`.
    pub fn apply(&self, x: &[f32], y: &mut [f32]) {
        for (index, (row, y)) in self.weight.iter().zip(y).enumerate() {
            let bias = self.bias.get(index).copied().unwrap_or(0.0);
            *y = bias + dot(row, x);
        }
    }
}

/// The sum of the products.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_outputs() {
        let text = r#"{"weight": [[1, 2], [3, 4], [5, 6]], "bias": [0.5, 0, -1]}"#;
        let mut dense: Dense = serde_json::from_str(text).unwrap();
        assert!(dense.is(2, 3) && !dense.is(3, 2));
        let mut y = [0.0; 3];
        dense.apply(&[1.0, 10.0], &mut y);
        assert_eq!(y, [21.5, 43.0, 64.0]);
        dense.bias.clear();
        assert!(dense.is(2, 3), "a bias may be missing");
        dense.apply(&[1.0, 10.0], &mut y);
        assert_eq!(y, [21.0, 43.0, 65.0]);
        dense.bias = vec![0.0];
        assert!(!dense.is(2, 3), "but not in part");
        dense.bias.clear();
        dense.weight[1].pop();
        assert!(!dense.is(2, 3), "every row has all inputs");
    }
}
