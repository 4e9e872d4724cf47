//! How good a story is, beyond right or wrong.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::item::{Item, Rule};
use crate::judge::{asked, words};

/// Words of a phrase that counts as said again.
const PHRASE: usize = 4;

/// Measures of one story; shares are 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Share of the different names in the prompt that the story mentions; 1 where none was asked.
    pub names_kept: f64,
    /// Share of the phrases of four words that repeat an earlier one.
    pub repetition: f64,
    /// Nats a token of its likelihood under another model, where one judges.
    pub likelihood: Option<f64>,
}

impl Quality {
    /// The measures of an answer to a story item; `None` for other items.
    #[must_use]
    pub fn of(answer: &str, item: &Item) -> Option<Self> {
        let Rule::Story { names } = &item.rule else {
            return None;
        };
        let asked: HashSet<&str> = asked(names, &item.prompt).collect();
        let kept = asked.iter().filter(|name| answer.contains(**name)).count();
        Some(Self {
            names_kept: match asked.len() {
                0 => 1.0,
                count => kept as f64 / count as f64,
            },
            repetition: repetition(answer),
            likelihood: None,
        })
    }
}

fn repetition(text: &str) -> f64 {
    let words: Vec<&str> = words(text).collect();
    let phrases = words.windows(PHRASE);
    let count = phrases.len();
    let distinct: HashSet<&[&str]> = phrases.collect();
    (count - distinct.len()) as f64 / count.max(1) as f64
}

/// The mean over several stories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeanQuality {
    /// Stories measured.
    pub stories: u32,
    /// Mean of [`Quality::names_kept`].
    pub names_kept: f64,
    /// Mean of [`Quality::repetition`].
    pub repetition: f64,
    /// Stories that another model judged.
    #[serde(default)]
    pub judged: u32,
    /// Mean of their [`Quality::likelihood`].
    #[serde(default)]
    pub likelihood: f64,
}

impl MeanQuality {
    /// Takes one more story in.
    pub fn add(&mut self, quality: Quality) {
        self.stories += 1;
        let share = 1.0 / f64::from(self.stories);
        self.names_kept += (quality.names_kept - self.names_kept) * share;
        self.repetition += (quality.repetition - self.repetition) * share;
        if let Some(likelihood) = quality.likelihood {
            self.judged += 1;
            self.likelihood += (likelihood - self.likelihood) / f64::from(self.judged);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MeanQuality, Quality, repetition};
    use crate::item::{Item, Rule};

    fn story(names: &[&str]) -> Item {
        Item {
            prompt: "Tell me a story about Dario and Ezra.".into(),
            answer: String::new(),
            rule: Rule::Story {
                names: names.iter().map(|&name| name.into()).collect(),
            },
        }
    }

    #[test]
    fn names_count_once_and_only_where_asked() {
        let kept = |names: &[&str]| {
            Quality::of("Dario sang.", &story(names))
                .unwrap()
                .names_kept
        };
        assert_eq!(kept(&["Dario", "Ezra"]), 0.5);
        assert_eq!(kept(&["Dario", "Dario", "Ezra", "Ezra", "Mina"]), 0.5);
        assert_eq!(kept(&["Mina"]), 1.0);
        let sum = Item {
            rule: Rule::Exact {},
            ..story(&[])
        };
        assert_eq!(Quality::of("Dario sang.", &sum), None);
    }

    #[test]
    fn repetition_is_the_share_of_phrases_said_before() {
        assert_eq!(repetition(""), 0.0);
        assert_eq!(repetition("a b c"), 0.0);
        assert_eq!(repetition("a b c d e"), 0.0);
        // abcd bcda cdab dabc abcd: one of five.
        assert_eq!(repetition("a b c d a b  c\nd"), 0.2);
        assert_eq!(repetition("a a a a a a a"), 0.75);
    }

    #[test]
    fn a_mean_is_a_mean() {
        let mut mean = MeanQuality::default();
        for (names_kept, repetition, likelihood) in [
            (1.0, 0.0, Some(-1.0)),
            (0.5, 0.5, None),
            (0.0, 0.25, Some(-2.0)),
        ] {
            mean.add(Quality {
                names_kept,
                repetition,
                likelihood,
            });
        }
        assert_eq!(
            (mean.stories, mean.names_kept, mean.repetition),
            (3, 0.5, 0.25)
        );
        assert_eq!((mean.judged, mean.likelihood), (2, -1.5));
    }
}
