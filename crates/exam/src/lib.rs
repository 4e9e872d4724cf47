//! An exam: tasks read from files, answers judged, results added up.
//!
//! ```
//! use unmask_exam::{Item, is_right};
//!
//! let line = br#"{"prompt":"2 + 3 = ?","answer":"5","check":"exact","facts":{}}"#;
//! let items: Vec<Item> = unmask_exam::parse("sums.jsonl", line)?;
//! assert!(is_right(" 5\n", &items[0]));
//! # Ok::<(), unmask_exam::ExamError>(())
//! ```
//!
//! Nothing here knows a model or a device: whoever asks brings the answers. The rules of judging
//! are those of `training/judge.py`; `tests/exam/judge_cases.json` holds the two against each other.

mod error;
mod item;
mod judge;
mod quality;
mod report;
mod task;

pub use error::{ExamError, Result};
pub use item::{Item, Rule, parse};
pub use judge::is_right;
pub use quality::{MeanQuality, Quality};
pub use report::{Outcome, Report, Row, Tally};
pub use task::{DEFAULT_LENGTH, Task, read};
