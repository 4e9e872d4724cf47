//! The texts to calibrate on: a file of JSON lines.

use serde::Deserialize;
use unmask_engine::{Error, Result};

/// A text of the file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Text {
    /// A question and its answer, of which only the answer is masked. Lines of an exam are such.
    Answered {
        /// What a user says.
        prompt: String,
        /// What the model says to it.
        answer: String,
    },
    /// A text that is masked anywhere.
    Plain {
        /// The text.
        text: String,
    },
}

/// The texts in `bytes`, one a line: `{"text": ...}`, or `{"prompt": ..., "answer": ...}`; other
/// members are passed over, and so are blank lines. `file` is how messages call the file.
///
/// # Errors
/// `bad_input` naming the first line that is none, or where there is no line at all.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Vec<Text>> {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    let texts = lines.map(|(index, line)| {
        serde_json::from_slice(line).map_err(|_| {
            let line = index + 1;
            Error::bad_input(format!(
                "{file}:{line} is no text to calibrate on; expected {{\"text\": ...}} or \
                 {{\"prompt\": ..., \"answer\": ...}}"
            ))
        })
    });
    let texts: Vec<Text> = texts.collect::<Result<_>>()?;
    match texts.is_empty() {
        true => Err(Error::bad_input(format!(
            "{file} holds no text to calibrate on; a few hundred lines are enough"
        ))),
        false => Ok(texts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_lines_are_read() {
        let bytes =
            b"{\"text\": \"a\"}\n\n{\"prompt\": \"b\", \"answer\": \"c\", \"check\": \"exact\"}\n";
        let answered = Text::Answered {
            prompt: "b".into(),
            answer: "c".into(),
        };
        let plain = Text::Plain { text: "a".into() };
        assert_eq!(parse("f", bytes).unwrap(), [plain, answered]);
    }

    #[test]
    fn what_is_no_text_is_named() {
        let message = |bytes: &[u8]| parse("f.jsonl", bytes).unwrap_err().message;
        assert!(message(b"{\"text\": \"a\"}\n{\"prompt\": \"b\"}").contains("f.jsonl:2"));
        assert!(message(b"{\"text\": 3}").contains("f.jsonl:1"));
        assert!(message(b"\n").contains("no text"));
    }
}
