//! Golden data is made by committed scripts, never by hand.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{command, repository};

const FOLDERS: [&str; 3] = ["tests/golden", "tests/golden/families", "tests/oracle"];

/// Lists the scripts, or runs them all and shows what changed.
///
/// # Errors
/// When no Python with torch is found or a script fails.
pub fn run(update: bool) -> Result<()> {
    let scripts = scripts();
    let python = if update { Some(python()?) } else { None };
    for script in &scripts {
        match &python {
            Some(python) => command::run(command::new(python).arg(script))?,
            None => println!("{}", script.display()),
        }
    }
    match python {
        Some(_) => {
            let mut git = command::new("git");
            command::run(git.args(["status", "--short", "--"]).args(FOLDERS))
        }
        None => Ok(()),
    }
}

/// What makes the data of each folder, then what checks it; the other files are their modules.
fn scripts() -> Vec<PathBuf> {
    let folders = FOLDERS.iter().map(|folder| repository::path(folder));
    let files = folders.flat_map(|folder| repository::files(&folder, &[".py"]));
    let runs = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("make") || name.starts_with("test")
    };
    files.filter(runs).collect()
}

/// A Python that can import torch: the one named by PYTHON, else the PATH's.
fn python() -> Result<String> {
    let python = env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    if !command::succeeds(command::new(&python).args(["-c", "import torch, transformers"])) {
        bail!(
            "{python} cannot import torch and transformers: install them from PyPI, or name \
             another interpreter, as in `PYTHON=/path/to/python cargo xtask golden --update`"
        );
    }
    Ok(python)
}
