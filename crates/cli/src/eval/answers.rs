//! `--answers`: what was asked, what came back, and the judgement, a line an item.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Serialize;
use unmask_engine::{Error, Result};

use crate::json_lines;

/// The line of one item.
#[derive(Serialize)]
pub struct AnswerLine<'a> {
    /// The task's name.
    pub task: &'a str,
    /// What was asked.
    pub prompt: &'a str,
    /// What came back.
    pub answer: &'a str,
    /// What the exam's file gives as an answer.
    pub expected: &'a str,
    /// Whether the answer is right.
    pub right: bool,
}

/// The file of `--answers`.
pub struct AnswersFile {
    path: PathBuf,
    file: File,
}

impl AnswersFile {
    /// Creates or empties the file.
    ///
    /// # Errors
    /// `bad_input` when that is not possible.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|error| cannot_write(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Appends a line.
    ///
    /// # Errors
    /// `bad_input` when the file takes no more.
    pub fn write(&mut self, line: &AnswerLine) -> Result<()> {
        json_lines::write(&mut self.file, line).map_err(|error| cannot_write(&self.path, &error))
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    Error::bad_input(format!(
        "cannot write the answers to {}: {error}; pass a file in a folder that is there",
        path.display()
    ))
}
