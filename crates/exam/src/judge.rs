//! Is an answer right? One rule a kind of check, the same as in `training/judge.py`.

use std::collections::HashSet;

use serde_json::Value;

use crate::item::{Item, Rule};

/// Judges one answer by the item's own rule.
#[must_use]
pub fn is_right(answer: &str, item: &Item) -> bool {
    match &item.rule {
        Rule::Exact {} => trim(answer) == item.answer,
        Rule::Json {} => same_json(answer, &item.answer),
        Rule::Constraint { first, last, with } => keeps_words(answer, [first, last, with]),
        Rule::Sudoku { given } => solves(answer, given),
        Rule::Story { names } => tells(answer, asked(names, &item.prompt)),
    }
}

/// The names that a prompt mentions: an answer cannot know the others.
pub fn asked<'a>(names: &'a [String], prompt: &str) -> impl Iterator<Item = &'a str> {
    let names = names.iter().map(String::as_str);
    names.filter(move |name| prompt.contains(name))
}

/// White space as Python has it: Unicode's, and four separators of ASCII.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// The words of a text, as Python's `str.split` finds them.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// Equal as JSON values; a number keeps its kind, so 42 is not 42.0.
fn same_json(answer: &str, expected: &str) -> bool {
    let parse = |text| serde_json::from_str::<Value>(text).ok();
    parse(answer).is_some_and(|answer| parse(expected) == Some(answer))
}

/// Begins, ends and contains as asked; one sentence of at least four words.
fn keeps_words(answer: &str, [first, last, with]: [&String; 3]) -> bool {
    let words: Vec<&str> = words(answer.trim_end_matches('.')).collect();
    let [begin, inside @ .., end] = &words[..] else {
        return false;
    };
    inside.len() >= 2
        && answer.ends_with('.')
        && begin == first
        && end == last
        && inside.contains(&with.as_str())
}

/// A solved grid that keeps the given digits (a puzzle may have several solutions).
fn solves(answer: &str, given: &str) -> bool {
    let rows: Vec<Vec<char>> = answer
        .split('\n')
        .map(|row| row.chars().collect())
        .collect();
    if rows.len() != 4 || rows.iter().any(|row| row.len() != 4) {
        return false;
    }
    let cells = rows.concat();
    let is_kept = given.chars().zip(&cells).all(|(g, c)| g == '0' || g == *c);
    let is_complete = |cell_of: &dyn Fn(usize) -> usize| {
        let mut group: Vec<char> = (0..4).map(|i| cells[cell_of(i)]).collect();
        group.sort_unstable();
        group == ['1', '2', '3', '4']
    };
    is_kept
        && (0..4).all(|group| {
            let corner = group / 2 * 8 + group % 2 * 2;
            is_complete(&|i| group * 4 + i)
                && is_complete(&|i| i * 4 + group)
                && is_complete(&|i| corner + i / 2 * 4 + i % 2)
        })
}

/// Names whom the request names, ends like a sentence, and repeats no sentence.
fn tells<'a>(answer: &str, mut asked: impl Iterator<Item = &'a str>) -> bool {
    let sentences = answer.split('.').map(trim);
    let sentences: Vec<&str> = sentences.filter(|sentence| !sentence.is_empty()).collect();
    let distinct: HashSet<&str> = sentences.iter().copied().collect();
    sentences.len() >= 5
        && answer.ends_with(['.', '"', '!', '?'])
        && distinct.len() == sentences.len()
        && asked.all(|name| answer.contains(name))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::is_right;
    use crate::item::Item;

    #[derive(Deserialize)]
    struct Case {
        why: String,
        item: Item,
        answer: String,
        right: bool,
    }

    /// `training/tests/test_judge.py` reads the same file.
    #[test]
    fn the_cases_shared_with_python() {
        let json = include_str!("../../../tests/exam/judge_cases.json");
        let cases: Vec<Case> = serde_json::from_str(json).expect("a list of cases");
        assert!(cases.len() > 40, "the table is whole");
        for case in cases {
            let judged = is_right(&case.answer, &case.item);
            assert_eq!(judged, case.right, "{}: {:?}", case.why, case.answer);
        }
    }

    #[test]
    fn every_item_of_the_exam_accepts_its_own_answer() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/exam");
        let tasks = crate::read(&[folder.into()], None).expect("the exam is well-formed");
        assert!(tasks.len() >= 14);
        for task in tasks {
            for item in &task.items {
                assert!(is_right(&item.answer, item), "{}: {item:?}", task.name);
            }
        }
    }
}
