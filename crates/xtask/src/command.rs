//! Child processes: started in the repository, printed before they run, an error when they fail.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::repository;

/// A command that runs in the repository's folder and reads no input.
pub fn new(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(repository::root()).stdin(Stdio::null());
    command
}

/// The Cargo that runs this program.
pub fn cargo() -> Command {
    new(env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
}

/// Prints and runs a command; its output goes straight to the terminal.
///
/// # Errors
/// When the program is missing or exits with a failure.
pub fn run(command: &mut Command) -> Result<()> {
    let line = describe(command);
    println!("$ {line}");
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed with {status}");
    }
    Ok(())
}

/// Runs a command and returns what it printed; its error output goes to the terminal.
///
/// # Errors
/// When the program is missing, exits with a failure or prints no UTF-8.
pub fn capture(command: &mut Command) -> Result<String> {
    let line = describe(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed with {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed no UTF-8"))
}

/// What a command printed, or None where it is missing or fails; for questions with a sane default.
pub fn capture_quietly(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).ok())
        .flatten()
}

/// Whether a command succeeds, with its output hidden.
pub fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// The first of the named programs that is on the PATH.
pub fn find(programs: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    let candidates = programs
        .iter()
        .flat_map(|name| folders.iter().map(move |dir| dir.join(name)));
    candidates
        .into_iter()
        .find(|path| fs::metadata(path).is_ok_and(|found| found.is_file()))
}

/// The command line as one would type it, without the folder of the program.
fn describe(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let name = program.rsplit('/').next().unwrap_or(&program).to_owned();
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(name)
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
