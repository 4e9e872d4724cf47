//! Which resident format each weight of a model gets.

use crate::model::ParameterName;
use crate::weights::{BlockType, Format};

/// The rule for all weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// What the file has where that is a resident format, else q8_0: nothing is rounded twice.
    Kept,
    /// The same for all.
    Uniform(Format),
    /// q4_0, save where rounding hurts most: q8_0 for the embedding and the head, whose best rows
    /// lie close together, and for the first and the last layer. The same choice as most 4-bit
    /// recipes make (llama.cpp's Q4_K_M, the quantization studies of LLaDA and Dream).
    Mixed,
}

/// A rule with its exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// For all weights.
    pub rule: Rule,
    /// For the embedding, which also is the head where a model has none of its own.
    pub embedding: Option<Format>,
    /// For the head.
    pub head: Option<Format>,
}

impl From<Rule> for Recipe {
    fn from(rule: Rule) -> Self {
        Self {
            rule,
            embedding: None,
            head: None,
        }
    }
}

impl Recipe {
    /// The format of the matrix `name` in a model of so many layers. `source` is the block type
    /// that the file has it in.
    #[must_use]
    pub fn format(
        &self,
        (role, layer): ParameterName,
        layers: usize,
        source: Option<BlockType>,
    ) -> Format {
        let exception = match role {
            "embedding" => self.embedding,
            "head" => self.head,
            _ => None,
        };
        exception.unwrap_or_else(|| match self.rule {
            Rule::Uniform(format) => format,
            Rule::Kept => match source {
                Some(kind) if Format::Q4_0.block_type() == Some(kind) => Format::Q4_0,
                _ => Format::Q8_0,
            },
            Rule::Mixed => match layer {
                Some(layer) if layer > 0 && layer + 1 < layers => Format::Q4_0,
                _ => Format::Q8_0,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_keeps_the_ends_exact() {
        let recipe = Recipe::from(Rule::Mixed);
        let of = |role, layer| recipe.format((role, layer), 6, None);
        assert_eq!(of("embedding", None), Format::Q8_0);
        assert_eq!(of("head", None), Format::Q8_0);
        let layers: Vec<Format> = (0..6).map(|layer| of("qkv", Some(layer))).collect();
        assert_eq!(layers[0], Format::Q8_0);
        assert_eq!(layers[1..5], [Format::Q4_0; 4]);
        assert_eq!(layers[5], Format::Q8_0);
    }

    #[test]
    fn what_the_file_has_is_kept_where_it_can_be() {
        let recipe = Recipe::from(Rule::Kept);
        let of = |source| recipe.format(("qkv", Some(1)), 2, source);
        assert_eq!(of(Some(BlockType::Q4_0)), Format::Q4_0);
        assert_eq!(of(Some(BlockType::Q8_0)), Format::Q8_0);
        assert_eq!(of(Some(BlockType::Q4K)), Format::Q8_0);
        assert_eq!(of(None), Format::Q8_0);
    }

    #[test]
    fn exceptions_win() {
        let recipe = Recipe {
            embedding: Some(Format::F16),
            head: Some(Format::Q8_0),
            ..Recipe::from(Rule::Uniform(Format::Q4_0))
        };
        assert_eq!(recipe.format(("embedding", None), 2, None), Format::F16);
        assert_eq!(recipe.format(("head", None), 2, None), Format::Q8_0);
        assert_eq!(recipe.format(("qkv", Some(0)), 2, None), Format::Q4_0);
    }
}
