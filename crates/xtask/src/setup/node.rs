//! The npm dependencies of all JavaScript packages of the repository.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::{command, repository};

/// Oldest Node that the build tools run on, as (major, minor).
const OLDEST: (u32, u32) = (20, 19);

/// Installs the dependencies of package-lock.json unless exactly these are installed.
///
/// # Errors
/// When Node is missing or too old, or npm fails.
pub fn npm() -> Result<()> {
    check_node()?;
    let lock = fs::read(repository::path("package-lock.json")).context("package-lock.json")?;
    // A copy of the lock file inside the folder tells what is installed there.
    let installed = repository::path("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|copy| copy == lock) {
        return Ok(());
    }
    // No dependency needs its install script, so none gets to run one.
    command::run(command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    fs::write(installed, lock)?;
    Ok(())
}

fn check_node() -> Result<()> {
    let (major, minor) = OLDEST;
    let remedy = || format!("install Node {major}.{minor} or newer, with npm");
    let text = command::capture(command::new("node").arg("--version")).with_context(remedy)?;
    match parse_version(&text) {
        Some(version) if version >= OLDEST => Ok(()),
        _ => bail!("node is {}: {}", text.trim(), remedy()),
    }
}

/// (major, minor) of a text like "v20.19.2".
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn reads_versions() {
        assert_eq!(parse_version("v20.19.2\n"), Some((20, 19)));
        assert_eq!(parse_version("v22.0.0-rc.1"), Some((22, 0)));
        assert_eq!(parse_version("20"), None);
    }
}
