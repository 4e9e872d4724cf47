//! Golden data is made by committed scripts, never by hand.

use std::env;

use anyhow::{Result, bail};

use crate::{command, repository};

const FOLDER: &str = "tests/golden";

/// Lists the scripts, or runs them all and shows what changed.
///
/// # Errors
/// When no Python with torch is found or a script fails.
pub fn run(update: bool) -> Result<()> {
    let scripts = repository::files(&repository::path(FOLDER), &[".py"]);
    // Modules that the scripts share start with an underscore.
    let scripts = scripts.iter().filter(|path| {
        !path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('_'))
    });
    let python = if update { Some(python()?) } else { None };
    for script in scripts {
        match &python {
            Some(python) => command::run(command::new(python).arg(script))?,
            None => println!("{}", script.display()),
        }
    }
    match python {
        Some(_) => command::run(command::new("git").args(["status", "--short", "--", FOLDER])),
        None => Ok(()),
    }
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
