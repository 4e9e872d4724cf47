//! The npm workspaces. Each has the scripts it needs of `build`, `check` (types) and `test` (without a browser).

use anyhow::Result;

use crate::{command, repository};

/// In order of dependency: the site imports the package.
const PACKAGES: [&str; 2] = ["npm", "web"];

/// Builds the package and the site.
pub fn build() -> Result<()> {
    run_script("build")
}

/// Checks the types of all TypeScript; needs a built package, which the site imports.
///
/// # Errors
/// When a type is wrong.
pub fn check_types() -> Result<()> {
    run_script("check")
}

/// Runs the JavaScript tests that need no browser.
///
/// # Errors
/// When one fails.
pub fn unit_tests() -> Result<()> {
    run_script("test")
}

/// Writes the reference of the npm package's interface to docs/reference/dist.
///
/// # Errors
/// When something that is public lacks its description, or a link leads nowhere.
pub fn reference() -> Result<()> {
    let mut npm = command::new("npm");
    command::run(npm.args(["run", "docs", "--workspace", "docs/reference"]))
}

fn run_script(name: &str) -> Result<()> {
    for package in PACKAGES {
        if repository::path(package).join("package.json").is_file() {
            let mut npm = command::new("npm");
            command::run(npm.args(["run", name, "--if-present", "--workspace", package]))?;
        }
    }
    Ok(())
}
