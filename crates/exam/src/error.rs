//! What can be wrong with an exam's files.

/// Result of reading an exam.
pub type Result<T> = std::result::Result<T, ExamError>;

/// A message that names the file, what was expected and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExamError {
    /// A file or folder is not there or cannot be read.
    #[error("{0}")]
    Missing(String),
    /// A file is not what an exam is made of.
    #[error("{0}")]
    Bad(String),
}
