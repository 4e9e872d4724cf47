//! Builds and serves the demo.

use std::env;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::{build, command, serve, setup};

/// Sets up, builds and serves the demo until it is interrupted.
///
/// # Errors
/// When a build step fails or the port is taken.
pub fn run(port: Option<u16>, open: bool) -> Result<()> {
    setup::wasm_target()?;
    setup::npm()?;
    build::all(build::Mode::Release)?;
    let server = serve::bind(port)?;
    if open {
        open_browser(&serve::address(&server));
    }
    serve::forever(&build::site::folder(), server)
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
