//! What can go wrong, and how it reads.

use std::fmt;

/// Result of a subcommand.
pub type Outcome<T> = Result<T, Failure>;

/// Why a subcommand stopped.
#[derive(Debug)]
pub enum Failure {
    /// The engine's error, or one of ours in its words.
    Engine(unmask_engine::Error),
    /// Stdout or the terminal took no more.
    Output(std::io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => write!(formatter, "error ({}): {error}", error.code.as_str()),
            Self::Output(error) => write!(
                formatter,
                "error: cannot write the result: {error}; check where stdout leads to"
            ),
        }
    }
}

impl From<unmask_engine::Error> for Failure {
    fn from(error: unmask_engine::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}
