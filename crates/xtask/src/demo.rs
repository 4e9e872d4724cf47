//! Builds and serves the demo.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::{build, command, repository, serve, setup};

/// Where the site is built, and which embedded model it opens on.
const SITE: &str = "web/dist";
const MODEL: &str = "models/tiny";

/// Sets up, builds and serves the demo until it is interrupted.
///
/// # Errors
/// When a build step fails or the port is taken.
pub fn run(port: Option<u16>, open: bool) -> Result<()> {
    setup::wasm_target()?;
    setup::npm()?;
    build::all(build::Mode::Release)?;
    let site = repository::path(SITE);
    if !site.join("index.html").is_file() {
        bail!("the build made no {SITE}/index.html");
    }
    // Inside the site, so that the folder as it is can be put on any static host.
    copy_folder(&repository::path(MODEL), &site.join(MODEL)).context(MODEL)?;
    let server = serve::bind(port)?;
    if open {
        open_browser(&serve::address(&server));
    }
    serve::forever(&site, server)
}

/// Copies files that are missing or differ in size or age.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if !is_current(&entry.metadata()?, &target) {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn is_current(source: &fs::Metadata, target: &Path) -> bool {
    let Ok(copy) = fs::metadata(target) else {
        return false;
    };
    let newer = copy.modified().ok() >= source.modified().ok();
    copy.len() == source.len() && newer
}

/// Opens the desktop's browser where there is a desktop; a failure to do so is no error.
fn open_browser(address: &str) {
    let desktop = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| env::var_os(name).is_some());
    let Some(opener) = command::find(&["xdg-open", "open"]).filter(|_| desktop) else {
        return;
    };
    let quiet = || Stdio::null();
    let _ = Command::new(opener)
        .arg(address)
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet())
        .spawn();
}
