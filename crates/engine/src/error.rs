//! One error type. Every message names the thing, what was expected and what to do about it.

/// Result of every fallible call of the engine.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as a stable word that survives process, worker and language borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The browser or machine offers no WebGPU adapter.
    NoWebgpu,
    /// The GPU went away in mid-work; the model must be loaded again.
    DeviceLost,
    /// A buffer did not fit on the device.
    OutOfMemory,
    /// A GPU call failed for another reason (a kernel did not compile, say).
    Gpu,
    /// A tensor the architecture needs is not in the checkpoint.
    MissingTensor,
    /// A file the checkpoint needs is not there.
    MissingFile,
    /// The checkpoint's architecture or one of its options is not supported.
    UnsupportedModel,
    /// A file is truncated, corrupt or lies about itself.
    BadFile,
    /// The caller asked for something impossible.
    BadInput,
    /// The prompt and the canvas do not fit the model's context.
    ContextOverflow,
    /// A download failed.
    Network,
    /// The caller cancelled.
    Aborted,
}

impl ErrorCode {
    /// The word users match on: `"missing_tensor"`, `"bad_file"`, ...
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoWebgpu => "no_webgpu",
            Self::DeviceLost => "device_lost",
            Self::OutOfMemory => "out_of_memory",
            Self::Gpu => "gpu",
            Self::MissingTensor => "missing_tensor",
            Self::MissingFile => "missing_file",
            Self::UnsupportedModel => "unsupported_model",
            Self::BadFile => "bad_file",
            Self::BadInput => "bad_input",
            Self::ContextOverflow => "context_overflow",
            Self::Network => "network",
            Self::Aborted => "aborted",
        }
    }

    /// The code spelled `word`, if it is one of ours.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::NoWebgpu,
            Self::DeviceLost,
            Self::OutOfMemory,
            Self::Gpu,
            Self::MissingTensor,
            Self::MissingFile,
            Self::UnsupportedModel,
            Self::BadFile,
            Self::BadInput,
            Self::ContextOverflow,
            Self::Network,
            Self::Aborted,
        ]
        .into_iter()
        .find(|code| code.as_str() == word)
    }
}

/// An error with its code and a message for people.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{message}")]
pub struct Error {
    /// The stable word.
    pub code: ErrorCode,
    /// The thing, the expectation and the remedy, in one or two sentences.
    pub message: String,
}

impl Error {
    /// An error of kind `code`.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// Shorthand for [`ErrorCode::BadFile`].
    pub fn bad_file(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadFile, message)
    }

    /// Shorthand for [`ErrorCode::BadInput`].
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadInput, message)
    }

    /// Shorthand for [`ErrorCode::UnsupportedModel`].
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::UnsupportedModel, message)
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn codes_round_trip_through_their_words() {
        assert_eq!(
            ErrorCode::from_word("missing_tensor"),
            Some(ErrorCode::MissingTensor)
        );
        assert_eq!(ErrorCode::from_word("nonsense"), None);
    }
}
