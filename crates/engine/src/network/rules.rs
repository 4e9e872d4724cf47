//! The rules of an ask as the kernels read them.

use std::collections::BTreeMap;

use super::ask::LogitRules;
use crate::device::AnyExecutor;
use crate::error::{Error, Result};
use crate::kernels::LOWEST;
use crate::kernels::logit_guidance::{Rule, RulesHeader};
use crate::recording::{BufferId, BufferIds, Executor as _};

/// The rules buffer: room for a rule for every token.
pub struct RulesBuffer {
    /// A [`RulesHeader`] and its rules.
    pub id: BufferId,
    written: Vec<u32>,
}

impl RulesBuffer {
    pub async fn new(
        executor: &mut AnyExecutor,
        ids: &mut BufferIds,
        vocabulary: usize,
    ) -> Result<Self> {
        let id = ids.fresh();
        let bytes = RulesHeader::words(vocabulary) as u64 * 4;
        executor.allocate(id, "logit rules", bytes).await?;
        Ok(Self {
            id,
            written: Vec::new(),
        })
    }

    /// Writes `words` unless they are there already.
    pub fn write(&mut self, executor: &mut AnyExecutor, words: Vec<u32>) -> Result<()> {
        if self.written != words {
            executor.write(self.id, 0, bytemuck::cast_slice(&words))?;
            self.written = words;
        }
        Ok(())
    }
}

/// The words of the rules for the sequence `ids`, with `banned` among them.
pub fn words(
    rules: &LogitRules,
    ids: &[u32],
    banned: &[u32],
    vocabulary: usize,
) -> Result<Vec<u32>> {
    // A soft prefix has ids behind the vocabulary, and no logits.
    let ids: Vec<u32> = (ids.iter().copied())
        .filter(|id| *id as usize <= vocabulary)
        .collect();
    let table = table(rules, &ids, banned);
    if table.iter().filter(|rule| rule.bias <= LOWEST).count() >= vocabulary {
        return Err(Error::bad_input("every token is banned"));
    }
    let header = RulesHeader {
        guidance: rules.cfg_scale + 1.0,
        penalty: rules.repetition_penalty,
        top_k: rules.top_k.unwrap_or(0),
        top_p: rules.top_p.unwrap_or(1.0),
        eos_last: u32::from(rules.eos_last),
        entries: table.len() as u32,
    };
    let mut words: Vec<u32> = bytemuck::cast_slice(&[header]).to_vec();
    words.extend(bytemuck::cast_slice::<Rule, u32>(&table));
    Ok(words)
}

/// A rule for each id that has one, in order of ids.
fn table(rules: &LogitRules, ids: &[u32], banned: &[u32]) -> Vec<Rule> {
    let mut table = BTreeMap::new();
    let neutral = |id| Rule {
        id,
        bias: 0.0,
        penalised: 0,
    };
    let bans = banned.iter().map(|id| (*id, LOWEST));
    for (id, bias) in rules.bias.iter().copied().chain(bans) {
        // Minus infinity becomes a number: arithmetic on infinities may misbehave on a GPU.
        let rule = table.entry(id).or_insert_with(|| neutral(id));
        rule.bias = (rule.bias + bias).clamp(LOWEST, f32::MAX);
    }
    if rules.repetition_penalty != 1.0 {
        for id in ids {
            table.entry(*id).or_insert_with(|| neutral(*id)).penalised = 1;
        }
    }
    table.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn biases_of_an_id_add_up_and_a_ban_wins() {
        let rules = LogitRules {
            bias: vec![
                (4, 1.5),
                (4, 1.0),
                (2, f32::NEG_INFINITY),
                (2, 9.0),
                (7, 1.0),
            ],
            repetition_penalty: 1.2,
            ..LogitRules::NONE
        };
        let found = table(&rules, &[5, 4, 5], &[7]);
        let rule = |id, bias, penalised| Rule {
            id,
            bias,
            penalised,
        };
        let expected = [
            rule(2, LOWEST, 0),
            rule(4, 2.5, 1),
            rule(5, 0.0, 1),
            rule(7, LOWEST, 0),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn banning_every_token_is_an_error() {
        let bias = (0..8).map(|id| (id, f32::NEG_INFINITY)).collect();
        let rules = LogitRules {
            bias,
            ..LogitRules::NONE
        };
        assert!(words(&rules, &[], &[1], 8).is_err());
        assert!(words(&rules, &[], &[1], 9).is_ok());
    }
}
