//! Browsers and the software Vulkan driver, from Debian's packages.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use super::apt_sources;
use crate::command;

/// Debian 12's own Mesa 22 has no f16 in its software driver; its backports do.
const OLDEST_MESA: u32 = 24;
/// Firefox 140 ESR refuses WebGPU in release builds on Linux, whatever its preferences say.
const OLDEST_FIREFOX: u32 = 153;

const CHROMIUM: &str = "chromium";
const FIREFOX: &str = "firefox-esr";
const MESA: &str = "mesa-vulkan-drivers";
/// Where each package comes from on Debian 12.
const HINT: &str = "firefox-esr 153 or newer comes from Debian's security archive, \
                    mesa-vulkan-drivers 24 or newer from its backports";

/// Makes sure that Chromium, Firefox and the software Vulkan driver are installed.
///
/// # Errors
/// When one is missing and this user may not install it: the message names the packages.
pub fn browsers_and_drivers() -> Result<()> {
    let missing = missing_packages();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let Some(apt) = Apt::find() else {
        bail!(
            "missing or too old Debian packages: {names} ({HINT}). \
             Install them, or run `cargo xtask setup` as root or with sudo"
        );
    };
    println!("installing Debian packages: {names}");
    apt.update()?;
    let plain: Vec<&str> = missing
        .iter()
        .copied()
        .filter(|name| *name != MESA)
        .collect();
    if !plain.is_empty() {
        apt.install(&plain, None)?;
    }
    if missing.contains(&MESA) {
        install_mesa(&apt)?;
    }
    let still = missing_packages();
    if !still.is_empty() {
        bail!(
            "still missing or too old after the installation: {} ({HINT})",
            still.join(" ")
        );
    }
    Ok(())
}

fn missing_packages() -> Vec<&'static str> {
    let present = [
        (
            CHROMIUM,
            browser(
                "CHROMIUM",
                &["chromium", "chromium-browser", "google-chrome"],
            )
            .is_some(),
        ),
        (FIREFOX, has_firefox()),
        (MESA, has_lavapipe()),
    ];
    present
        .into_iter()
        .filter(|(_, there)| !there)
        .map(|(name, _)| name)
        .collect()
}

/// The executable of a browser: the one that the variable names, else the first on the PATH.
fn browser(variable: &str, programs: &[&str]) -> Option<PathBuf> {
    env::var_os(variable)
        .map(PathBuf::from)
        .or_else(|| command::find(programs))
}

/// Whether a recent enough Firefox is installed.
fn has_firefox() -> bool {
    let Some(program) = browser("FIREFOX", &["firefox-esr", "firefox"]) else {
        return false;
    };
    let version = command::capture_quietly(command::new(&program).arg("--version"));
    // "Mozilla Firefox 153.7.0esr"
    let number = version
        .as_deref()
        .and_then(|text| text.split_whitespace().last())
        .and_then(major);
    number.is_some_and(|number| number >= OLDEST_FIREFOX)
}

/// Whether a recent enough lavapipe is installed.
fn has_lavapipe() -> bool {
    let drivers = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
    let listed = drivers
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    let found = listed
        .into_iter()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("lvp_icd"));
    // Where dpkg does not know the package, the driver came another way and its version is not ours to judge.
    let query = command::capture(command::new("dpkg-query").args(["-W", "-f=${Version}", MESA]));
    found
        && query
            .ok()
            .as_deref()
            .and_then(major)
            .is_none_or(|version| version >= OLDEST_MESA)
}

/// Installs Mesa from the release itself where it is recent enough, else from its backports.
fn install_mesa(apt: &Apt) -> Result<()> {
    let policy = command::capture(command::new("apt-cache").args(["policy", MESA]))?;
    let candidate = policy
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "));
    if candidate
        .and_then(major)
        .is_some_and(|version| version >= OLDEST_MESA)
    {
        return apt.install(&[MESA], None);
    }
    let release = fs::read_to_string("/etc/os-release").context("/etc/os-release")?;
    let codename = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    let codename = codename
        .context("/etc/os-release names no codename")?
        .trim_matches('"');
    let backports = format!("{codename}-backports");
    let sources = apt_sources::read(Path::new("/etc/apt"));
    if apt_sources::find(&sources, &backports).is_none() {
        let main = apt_sources::find(&sources, codename).with_context(|| {
            format!("apt has no source for {codename}, so none for {backports}")
        })?;
        apt.write(
            &format!("/etc/apt/sources.list.d/{backports}.sources"),
            &main.backports(),
        )?;
        apt.update()?;
    }
    apt.install(&[MESA], Some(&backports))
}

/// The leading number of a Debian version, like 25 of "25.0.7-2~bpo12+1"; an epoch is dropped.
fn major(version: &str) -> Option<u32> {
    let upstream = version.split_once(':').map_or(version, |(_, rest)| rest);
    upstream
        .split(['.', '-', '~', '+'])
        .next()?
        .trim()
        .parse()
        .ok()
}

/// apt-get with the right to install.
struct Apt {
    sudo: bool,
}

impl Apt {
    /// None where there is no apt-get, or neither root nor a sudo that asks for no password.
    fn find() -> Option<Self> {
        command::find(&["apt-get"])?;
        let user = command::capture(command::new("id").arg("-u")).ok()?;
        if user.trim() == "0" {
            return Some(Self { sudo: false });
        }
        command::succeeds(command::new("sudo").args(["-n", "true"])).then_some(Self { sudo: true })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = command::new(if self.sudo { "sudo" } else { "env" });
        if self.sudo {
            command.args(["-n", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", program]);
        command
    }

    fn update(&self) -> Result<()> {
        let mut command = self.command("apt-get");
        // One dead source of many is only a warning here: the installation tells whether it mattered.
        if let Err(error) = command::run(command.args(["update", "-q", "-o", "Acquire::Retries=2"]))
        {
            eprintln!("warning: {error:#}");
        }
        Ok(())
    }

    fn install(&self, packages: &[&str], release: Option<&str>) -> Result<()> {
        let mut command = self.command("apt-get");
        command.args(["install", "-q", "-y", "--no-install-recommends"]);
        command.args(["-o", "DPkg::Lock::Timeout=300"]);
        if let Some(release) = release {
            command.args(["-t", release]);
        }
        command::run(command.args(packages))
    }

    /// Writes a file that belongs to root.
    fn write(&self, path: &str, text: &str) -> Result<()> {
        println!("writing {path}:\n{text}");
        let script = "printf %s \"$1\" > \"$2\"";
        let mut command = self.command("sh");
        command::capture(command.args(["-c", script, "sh", text, path])).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn reads_the_leading_number_of_versions() {
        assert_eq!(major("25.0.7-2~bpo12+1"), Some(25));
        assert_eq!(major("1:22.3.6-1+deb12u1"), Some(22));
        assert_eq!(major("(none)"), None);
    }
}
