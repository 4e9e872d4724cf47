//! Tasks: files of items, and the canvas that each is given.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{ExamError, Result};
use crate::item::{Item, parse};

/// The file beside the tasks that says how long their canvases are: `{"default":16,"story":160}`.
const LENGTHS: &str = "lengths.json";

/// Positions of a canvas that no `lengths.json` speaks of: as many as `unmask generate` gives.
pub const DEFAULT_LENGTH: u32 = 64;

/// Items of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The file's name without its ending.
    pub name: String,
    /// Positions of the canvas: room for the longest answer and more.
    pub length: u32,
    /// What is asked, in the file's order.
    pub items: Vec<Item>,
}

/// The tasks in `paths`, each a file of items or a folder of such files, with the first `limit`
/// items of each.
///
/// # Errors
/// [`ExamError::Missing`] for what is not there, [`ExamError::Bad`] for a file that is no task, a
/// folder without tasks, and two tasks of one name.
pub fn read(paths: &[PathBuf], limit: Option<usize>) -> Result<Vec<Task>> {
    let mut tasks: Vec<Task> = Vec::new();
    for path in paths {
        for file in task_files(path)? {
            let task = task(&file, limit)?;
            if tasks.iter().any(|earlier| earlier.name == task.name) {
                return Err(ExamError::Bad(format!(
                    "{} is a second task of the name \"{}\"; name each file once, or rename one",
                    file.display(),
                    task.name
                )));
            }
            tasks.push(task);
        }
    }
    Ok(tasks)
}

/// The file itself, or the folder's `.jsonl` files in order of name.
fn task_files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let files = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    files.sort();
    match files.is_empty() {
        true => Err(ExamError::Bad(format!(
            "{} holds no .jsonl file; pass a folder of exam tasks such as tests/exam",
            path.display()
        ))),
        false => Ok(files),
    }
}

fn task(file: &Path, limit: Option<usize>) -> Result<Task> {
    let bytes = fs::read(file).map_err(|error| unreadable(file, &error))?;
    let mut items = parse(&file.display().to_string(), &bytes)?;
    items.truncate(limit.unwrap_or(usize::MAX));
    let stem = file.file_stem().unwrap_or_default();
    let name = stem.to_string_lossy().into_owned();
    let length = length(&file.with_file_name(LENGTHS), &name)?;
    Ok(Task {
        name,
        length,
        items,
    })
}

/// What the lengths in `file` say of a task; a folder may have none.
fn length(file: &Path, task: &str) -> Result<u32> {
    if !file.exists() {
        return Ok(DEFAULT_LENGTH);
    }
    let bytes = fs::read(file).map_err(|error| unreadable(file, &error))?;
    let bad = |reason: String| {
        ExamError::Bad(format!(
            "{} holds no canvas lengths: {reason}; expected is JSON such as \
             {{\"default\":16,\"story\":160}}",
            file.display()
        ))
    };
    let lengths: BTreeMap<String, u32> =
        serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
    let named = lengths.get(task).or_else(|| lengths.get("default"));
    match named.copied().unwrap_or(DEFAULT_LENGTH) {
        0 => Err(bad(format!("the length for \"{task}\" is 0"))),
        length => Ok(length),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> ExamError {
    ExamError::Missing(format!(
        "cannot read {}: {error}; pass a file or a folder of exam items such as tests/exam",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{DEFAULT_LENGTH, read};
    use crate::error::ExamError;

    const SUM: &str = r#"{"prompt":"2 + 3 = ?","answer":"5","check":"exact","facts":{}}"#;

    /// An emptied folder with `files` in it.
    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = std::env::temp_dir()
            .join(format!("unmask-exam-{}", std::process::id()))
            .join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            fs::write(folder.join(file), text).unwrap();
        }
        folder
    }

    fn message(path: &Path) -> String {
        read(&[path.to_owned()], None).unwrap_err().to_string()
    }

    #[test]
    fn a_folder_is_its_tasks_in_order() {
        let twice = format!("{SUM}\n{SUM}\n");
        let lengths = r#"{"default":16,"sums":24}"#;
        let files = [
            ("sums.jsonl", &*twice),
            ("adds.jsonl", SUM),
            ("lengths.json", lengths),
        ];
        let folder = folder("order", &files);
        let tasks = read(&[folder], Some(1)).unwrap();
        let shown: Vec<_> = tasks
            .iter()
            .map(|task| (task.name.as_str(), task.length, task.items.len()))
            .collect();
        assert_eq!(shown, [("adds", 16, 1), ("sums", 24, 1)]);
    }

    #[test]
    fn a_file_alone_has_the_default_length() {
        let file = folder("alone", &[("sums.jsonl", SUM)]).join("sums.jsonl");
        assert_eq!(
            read(std::slice::from_ref(&file), None).unwrap()[0].length,
            DEFAULT_LENGTH
        );
        let error = read(&[file.clone(), file], None).unwrap_err().to_string();
        assert!(error.contains("second task"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let empty = folder("empty", &[("notes.txt", "")]);
        assert!(message(&empty).contains("no .jsonl file"));
        let absent = read(&[empty.join("sums.jsonl")], None).unwrap_err();
        assert!(matches!(absent, ExamError::Missing(_)), "{absent}");
        for lengths in [r#"{"sums":0}"#, r#"{"sums":-1}"#, "[]", "{"] {
            let files = [("sums.jsonl", SUM), ("lengths.json", lengths)];
            let message = message(&folder("lengths", &files));
            assert!(message.contains("lengths.json"), "{message}");
            assert!(message.contains("\"default\":16"), "{message}");
        }
    }
}
