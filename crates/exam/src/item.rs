//! One question with its answer, and the lines that hold them.

use serde::Deserialize;

use crate::error::{ExamError, Result};

/// A question, an answer to it, and the rule by which other answers are judged.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Item {
    /// What is asked, as a user's message.
    pub prompt: String,
    /// A right answer; some rules accept others.
    pub answer: String,
    /// How an answer is judged.
    #[serde(flatten)]
    pub rule: Rule,
}

/// The rule named by an item's `check`, with what it needs of the item's `facts`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "check", content = "facts", rename_all = "lowercase")]
pub enum Rule {
    /// The answer, apart from spaces around it.
    Exact {},
    /// The answer's JSON value, however it is spaced and ordered.
    Json {},
    /// One sentence of at least four words.
    Constraint {
        /// Its first word.
        first: String,
        /// Its last word.
        last: String,
        /// A word between those two.
        with: String,
    },
    /// A solved four-by-four grid.
    Sudoku {
        /// The puzzle's sixteen digits by rows; 0 is an empty cell.
        given: String,
    },
    /// A story of at least five sentences, none twice.
    Story {
        /// Who takes part; those whom the prompt names must occur.
        names: Vec<String>,
    },
}

/// The items of a file of JSON lines, each with at least the members of [`Item`]. Blank lines are
/// skipped; `file` is how messages call the file.
///
/// # Errors
/// [`ExamError::Bad`] with the file and the line of the first item that is none, or when there is
/// no item at all.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Vec<Item>> {
    let lines = bytes.split(|&byte| byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    let items = lines.map(|(index, line)| {
        item(line).map_err(|reason| {
            ExamError::Bad(format!(
                "{file}:{}: not an exam item: {reason}; correct the line or remove it, expected is \
                 JSON such as {{\"prompt\":\"2 + 3 = \
                 ?\",\"answer\":\"5\",\"check\":\"exact\",\"facts\":{{}}}}",
                index + 1
            ))
        })
    });
    let items: Vec<Item> = items.collect::<Result<_>>()?;
    if items.is_empty() {
        return Err(ExamError::Bad(format!(
            "{file} holds no exam item; leave it out, or make it with training/exam.py"
        )));
    }
    Ok(items)
}

fn item(line: &[u8]) -> std::result::Result<Item, String> {
    let item: Item = serde_json::from_slice(line).map_err(|error| {
        let message = error.to_string();
        // Each line is a document of its own, so "line 1" would contradict the message's line.
        let reason = message.rsplit_once(" at line ").map(|(reason, _)| reason);
        reason.unwrap_or(&message).to_owned()
    })?;
    item.check()?;
    Ok(item)
}

impl Item {
    /// Whether an answer can be right at all.
    fn check(&self) -> std::result::Result<(), String> {
        let is_digit = |cell| ('0'..='4').contains(&cell);
        match &self.rule {
            Rule::Json {} => serde_json::from_str(&self.answer)
                .map(|_: serde_json::Value| ())
                .map_err(|error| format!("its answer is to be compared as JSON, but {error}")),
            Rule::Sudoku { given } if given.len() != 16 || !given.chars().all(is_digit) => Err(
                format!("given is {given:?}, not sixteen digits from 0 to 4"),
            ),
            Rule::Exact {} | Rule::Constraint { .. } | Rule::Sudoku { .. } | Rule::Story { .. } => {
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, parse};

    const SUM: &str =
        r#"{"prompt":"2 + 3 = ?","answer":"5","check":"exact","facts":{},"keys":["pair:2:3"]}"#;

    /// The message for a line that stands third.
    fn message(line: &[u8]) -> String {
        let bytes = [SUM.as_bytes(), b"\n\n", line].concat();
        let error = parse("sums.jsonl", &bytes).expect_err("the line is bad");
        error.to_string()
    }

    #[test]
    fn every_rule_is_read() {
        let facts = [
            ("exact", "{}", Rule::Exact {}),
            ("json", "{}", Rule::Json {}),
            (
                "constraint",
                r#"{"first":"A","last":"b","with":"c"}"#,
                Rule::Constraint {
                    first: "A".into(),
                    last: "b".into(),
                    with: "c".into(),
                },
            ),
            (
                "sudoku",
                r#"{"given":"0420230100000014"}"#,
                Rule::Sudoku {
                    given: "0420230100000014".into(),
                },
            ),
            (
                "story",
                r#"{"names":["Dario"],"plot":"build"}"#,
                Rule::Story {
                    names: vec!["Dario".into()],
                },
            ),
        ];
        for (check, facts, rule) in facts {
            // The order of the members is free.
            let line =
                format!(r#"{{"facts":{facts},"check":"{check}","answer":"5","prompt":"p"}}"#);
            assert_eq!(parse("f", line.as_bytes()).unwrap()[0].rule, rule);
        }
    }

    #[test]
    fn blank_lines_and_line_ends_of_windows_are_no_items() {
        let text = format!("\r\n{SUM}\r\n  \n{SUM}");
        assert_eq!(parse("f", text.as_bytes()).unwrap().len(), 2);
        for nothing in ["", "\n\n", "  "] {
            let error = parse("f", nothing.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("holds no exam item"), "{error}");
        }
    }

    #[test]
    fn hostile_lines_are_named() {
        let deep = "[".repeat(100_000);
        let lines: [(&[u8], &str); 12] = [
            (b"{", "EOF"),
            (b"[1,2]", "prompt"),
            (b"null", "expected"),
            (b"\xff\xfe{}", "expected"),
            (b"{\"prompt\":\"\xff\"}", "unicode"),
            (deep.as_bytes(), "expected"),
            (br#"{"answer":"5","check":"exact","facts":{}}"#, "`prompt`"),
            (
                br#"{"prompt":1,"answer":"5","check":"exact","facts":{}}"#,
                "string",
            ),
            (
                br#"{"prompt":"p","answer":"5","check":"guess","facts":{}}"#,
                "`sudoku`",
            ),
            (
                br#"{"prompt":"p","answer":"5","check":"story","facts":{}}"#,
                "`names`",
            ),
            (
                br#"{"prompt":"p","answer":"{","check":"json","facts":{}}"#,
                "JSON",
            ),
            (
                br#"{"prompt":"p","answer":"5","check":"sudoku","facts":{"given":"12"}}"#,
                "sixteen",
            ),
        ];
        for (line, word) in lines {
            let message = message(line);
            assert!(message.starts_with("sums.jsonl:3: "), "{message}");
            assert!(message.contains(word), "no {word:?} in: {message}");
            assert!(message.contains("correct the line"), "{message}");
        }
    }
}
