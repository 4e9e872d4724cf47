//! What an exam comes to: outcomes of items added up by task and in total.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::quality::{MeanQuality, Quality};

/// What became of one item.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Whether the answer was right.
    pub is_right: bool,
    /// Evaluations of the network.
    pub forwards: u64,
    /// Tokens that it proposed and the run accepted.
    pub committed: u64,
    /// Rows forwarded: the sequence's length, summed over the forwards.
    pub rows: u64,
    /// Seconds of all steps.
    pub seconds: f64,
    /// Measures of a story.
    pub quality: Option<Quality>,
}

/// Outcomes added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    items: u64,
    right: u64,
    forwards: u64,
    committed: u64,
    rows: u64,
    seconds: f64,
    quality: Option<MeanQuality>,
}

impl Tally {
    /// Takes one more outcome in.
    pub fn add(&mut self, outcome: &Outcome) {
        self.items += 1;
        self.right += u64::from(outcome.is_right);
        self.forwards += outcome.forwards;
        self.committed += outcome.committed;
        self.rows += outcome.rows;
        self.seconds += outcome.seconds;
        if let Some(quality) = outcome.quality {
            self.quality.get_or_insert_default().add(quality);
        }
    }

    /// Items judged.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.items
    }

    /// The line of a report that is called `name`.
    #[must_use]
    pub fn row(&self, name: &str, length: Option<u32>) -> Row {
        Row {
            name: name.to_owned(),
            length,
            items: self.items,
            right: self.right,
            percent: 100.0 * ratio(self.right, self.items),
            forwards: self.forwards,
            committed: self.committed,
            tokens_per_forward: ratio(self.committed, self.forwards),
            rows: self.rows,
            seconds: self.seconds,
            quality: self.quality,
        }
    }
}

/// Nothing of nothing is 0, so that an empty exam is no division by zero.
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// A line of a report: a task, or the total.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The task's name, or "total".
    pub name: String,
    /// Positions of the canvas, where it was the same for all items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
    /// Items judged.
    pub items: u64,
    /// Right answers.
    pub right: u64,
    /// Right answers of a hundred items.
    pub percent: f64,
    /// Evaluations of the network.
    pub forwards: u64,
    /// Tokens that it proposed and the runs accepted.
    pub committed: u64,
    /// `committed / forwards`.
    pub tokens_per_forward: f64,
    /// Rows forwarded: the sequence's length, summed over the forwards.
    pub rows: u64,
    /// Seconds of all steps, loading not included.
    pub seconds: f64,
    /// Measures of the stories, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<MeanQuality>,
}

/// A whole exam of one model with one way of decoding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The model's folder, as it was given.
    pub model: String,
    /// Resident format of the weights.
    pub dtype: String,
    /// What ran the model.
    pub device: String,
    /// Options of decoding.
    pub options: Map<String, Value>,
    /// Whether every item was asked; not so after Ctrl-C.
    pub is_complete: bool,
    /// One row a task, in the order asked.
    pub tasks: Vec<Row>,
    /// All items together.
    pub total: Row,
}

impl Report {
    /// Per cent of right answers, every task counting the same however many items it has.
    #[must_use]
    pub fn mean_percent(&self) -> f64 {
        let sum: f64 = self.tasks.iter().map(|task| task.percent).sum();
        sum / self.tasks.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::{Outcome, Report, Tally};
    use crate::quality::Quality;

    fn outcome(is_right: bool, forwards: u64, committed: u64) -> Outcome {
        Outcome {
            is_right,
            forwards,
            committed,
            rows: forwards * 20,
            seconds: 0.25,
            quality: None,
        }
    }

    fn tally(outcomes: &[Outcome]) -> Tally {
        let mut tally = Tally::default();
        for outcome in outcomes {
            tally.add(outcome);
        }
        tally
    }

    #[test]
    fn outcomes_add_up() {
        let row = tally(&[outcome(true, 4, 16), outcome(false, 8, 8)]).row("sums", Some(16));
        assert_eq!((row.items, row.right, row.percent), (2, 1, 50.0));
        assert_eq!((row.forwards, row.committed, row.rows), (12, 24, 240));
        assert_eq!((row.tokens_per_forward, row.seconds), (2.0, 0.5));
        assert_eq!(row.quality, None);
    }

    #[test]
    fn nothing_is_zero_per_cent() {
        let row = Tally::default().row("total", None);
        assert_eq!((row.percent, row.tokens_per_forward), (0.0, 0.0));
        assert_eq!(report(&[]).mean_percent(), 0.0);
    }

    fn report(tallies: &[Tally]) -> Report {
        Report {
            model: "models/tiny".into(),
            dtype: "q8_0".into(),
            device: "cpu".into(),
            options: Map::new(),
            is_complete: true,
            tasks: tallies
                .iter()
                .map(|tally| tally.row("task", None))
                .collect(),
            total: Tally::default().row("total", None),
        }
    }

    #[test]
    fn every_task_counts_the_same_in_the_mean() {
        let one = tally(&[outcome(true, 1, 1)]);
        let three = tally(&[outcome(false, 1, 1); 3]);
        assert_eq!(report(&[one, three]).mean_percent(), 50.0);
    }

    #[test]
    fn a_report_is_read_back_as_it_was_written() {
        let mut story = outcome(true, 10, 30);
        story.quality = Some(Quality {
            names_kept: 1.0,
            repetition: 0.25,
            likelihood: Some(-1.25),
        });
        let report = report(&[tally(&[outcome(true, 3, 6)]), tally(&[story])]);
        let value = serde_json::to_value(&report).unwrap();
        assert_eq!(value["tasks"][0]["tokensPerForward"], json!(2.0));
        assert_eq!(value["tasks"][0].get("quality"), None);
        assert_eq!(value["tasks"][1]["quality"]["namesKept"], json!(1.0));
        assert_eq!(serde_json::from_value::<Report>(value).unwrap(), report);
    }
}
