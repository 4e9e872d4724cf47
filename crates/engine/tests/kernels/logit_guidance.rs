//! Guidance, biases, bans and repetition penalty against f64, and the rules buffer that tests share.

use unmask_engine::kernels::LOWEST;
use unmask_engine::kernels::logit_guidance::{LogitGuidance, Params, Rule, RulesHeader};

use crate::harness::{Gpus, Problem, assert_close, numbers};

/// The words of a rules buffer.
pub fn rules_words(header: RulesHeader, rules: &[Rule]) -> Vec<u32> {
    let entries = rules.len() as u32;
    let header = RulesHeader { entries, ..header };
    let mut words = bytemuck::cast_slice(&[header]).to_vec();
    words.extend(bytemuck::cast_slice::<_, u32>(rules));
    words.resize(RulesHeader::words(rules.len()), 0);
    words
}

fn oracle(l: f32, u: Option<f32>, header: &RulesHeader, rule: Option<&Rule>) -> f64 {
    let (l, penalty) = (f64::from(l), f64::from(header.penalty));
    let u = u.map_or(l, f64::from);
    let guided = u + f64::from(header.guidance) * (l - u);
    let Some(rule) = rule else { return guided };
    let biased = guided + f64::from(rule.bias);
    match (rule.penalised, biased > 0.0) {
        (0, _) => biased,
        (_, true) => biased / penalty,
        (_, false) => biased * penalty,
    }
}

/// Every fifth id has a rule, among them the first, the last, and bans.
fn some_rules(vocabulary: usize) -> Vec<Rule> {
    let biases = numbers(43, vocabulary);
    let ids = (0..vocabulary).filter(|id| id % 5 == 0 || *id + 1 == vocabulary);
    ids.map(|id| Rule {
        id: id as u32,
        bias: match id % 4 {
            0 => 0.0,
            1 => f32::NEG_INFINITY,
            _ => 3.0 * biases[id],
        },
        penalised: u32::from(id % 3 != 0),
    })
    .collect()
}

fn check(gpus: &mut Gpus, rows: usize, vocabulary: usize, guided: bool, rules: &[Rule]) {
    let logits: Vec<f32> = numbers(41, rows * vocabulary);
    let unconditional: Vec<f32> = numbers(42, rows * vocabulary);
    let header = RulesHeader {
        guidance: 2.5,
        penalty: 1.3,
        ..RulesHeader::NONE
    };
    let mut problem = Problem::default();
    let call = LogitGuidance {
        params: Params {
            vocabulary: vocabulary as u32,
        },
        rows: rows as u32,
        logits: problem.floats(&logits),
        rules: problem.words(rules_words(header, rules)),
        unconditional: guided.then(|| problem.floats(&unconditional)),
    };
    let out = call.logits;
    problem.call(call);
    let rule_of = |id: usize| rules.iter().find(|rule| rule.id as usize == id);
    let by_id: Vec<Option<&Rule>> = (0..vocabulary).map(rule_of).collect();
    let banned = |i: usize| by_id[i % vocabulary].is_some_and(|rule| rule.bias <= LOWEST);
    let expected: Vec<f64> = (0..logits.len())
        .filter(|i| !banned(*i))
        .map(|i| {
            let u = guided.then(|| unconditional[i]);
            oracle(logits[i], u, &header, by_id[i % vocabulary])
        })
        .collect();
    gpus.each(&problem, out, logits.len(), |label, _, found| {
        let (bans, rest): (Vec<usize>, Vec<usize>) = (0..found.len()).partition(|i| banned(*i));
        assert!(
            bans.iter().all(|i| f32::from_bits(found[*i]) == LOWEST),
            "{label}"
        );
        let rest: Vec<u32> = rest.iter().map(|i| found[*i]).collect();
        assert_close(label, &rest, &expected, 1e-6);
    });
}

#[test]
fn logits_are_guided_then_biased_then_penalised_and_bans_win() {
    let mut gpus = Gpus::open();
    for (rows, vocabulary) in [(1, 8), (33, 333), (3, 4096), (2, 9001)] {
        for guided in [false, true] {
            check(&mut gpus, rows, vocabulary, guided, &some_rules(vocabulary));
            check(&mut gpus, rows, vocabulary, guided, &[]);
        }
    }
}

#[test]
fn a_large_vocabulary_is_covered_to_its_last_id() {
    let mut gpus = Gpus::open();
    let last = Rule {
        id: 151_935,
        bias: 2.0,
        penalised: 1,
    };
    check(&mut gpus, 2, 151_936, true, &[last]);
}
