//! The wasm module and its JavaScript glue: npm/wasm.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use anyhow::{Context, Result, bail};

use super::{Mode, bindgen, optimize};
use crate::setup::WASM_TARGET;
use crate::{command, repository};

/// Name of the module: npm/package.json exports files of this name.
const MODULE: &str = "unmask_wasm";

/// The module of the pages that test and measure a visitor's device.
const CONFORMANCE: &str = "unmask_conformance";

/// Builds what changed: the slow steps run only when Cargo's output differs from the last time.
pub fn build(mode: Mode) -> Result<()> {
    let compiled = compile(mode, MODULE)?;
    let bytes = fs::read(&compiled).with_context(|| compiled.display().to_string())?;
    let stamp = repository::target()?.join("xtask-wasm-stamp");
    let fingerprint = fingerprint(&bytes, mode);
    let folder = repository::path("npm/wasm");
    let current = fs::read_to_string(&stamp).is_ok_and(|text| text == fingerprint);
    if current && is_complete(&folder) {
        println!("npm/wasm is up to date");
        return Ok(());
    }
    remove(&stamp)?;
    let _ = fs::remove_dir_all(&folder);
    bindgen::web(MODULE, bytes, &folder, bindgen::Purpose::Package)?;
    if mode == Mode::Release {
        optimize::module(&folder.join(format!("{MODULE}_bg.wasm")))?;
        optimize::glue(&folder.join(format!("{MODULE}.js")))?;
    }
    fs::write(stamp, fingerprint)?;
    Ok(())
}

/// Builds the module of `conformance.html` and `bench.html` into a folder of the site.
pub fn build_conformance(mode: Mode, site: &Path) -> Result<()> {
    let compiled = compile(mode, CONFORMANCE)?;
    let bytes = fs::read(&compiled).with_context(|| compiled.display().to_string())?;
    let folder = site.join("conformance");
    bindgen::web(CONFORMANCE, bytes, &folder, bindgen::Purpose::Package)
}

/// Compiles the crate of a module and returns the path of the raw module.
fn compile(mode: Mode, module: &str) -> Result<PathBuf> {
    let profile = match mode {
        Mode::Dev => "release",
        Mode::Release => "wasm",
    };
    let mut cargo = command::cargo();
    let package = module.replace('_', "-");
    cargo.args(["build", "--locked", "-p", &package, "--lib"]);
    cargo.arg("--config").arg(short_paths()?);
    command::run(cargo.args(["--target", WASM_TARGET, "--profile", profile]))?;
    let file = repository::target()?
        .join(WASM_TARGET)
        .join(profile)
        .join(format!("{module}.wasm"));
    if !file.is_file() {
        bail!(
            "no {}: {package} needs `crate-type = [\"cdylib\", \"rlib\"]`",
            file.display()
        );
    }
    Ok(file)
}

/// Takes this machine's folders out of the paths in panic messages: a visitor would download them,
/// and the module would differ from one checkout to the next.
fn short_paths() -> Result<String> {
    let mut folders = vec![repository::path("")];
    let registries = cargo_home().join("registry/src");
    if registries.is_dir() {
        for entry in fs::read_dir(&registries)? {
            folders.push(entry?.path());
        }
    }
    let flags = folders.iter().map(|folder| {
        let folder = folder.display().to_string();
        format!("'--remap-path-prefix={}='", folder.trim_end_matches('/'))
    });
    let flags: Vec<String> = flags.collect();
    Ok(format!(
        "target.{WASM_TARGET}.rustflags=[{}]",
        flags.join(", ")
    ))
}

fn cargo_home() -> PathBuf {
    env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    )
}

fn is_complete(folder: &Path) -> bool {
    let names = [
        format!("{MODULE}.js"),
        format!("{MODULE}.d.ts"),
        format!("{MODULE}_bg.wasm"),
    ];
    names.iter().all(|name| folder.join(name).is_file())
}

/// Tells one build's input from another; a collision would only skip a rebuild on one machine.
fn fingerprint(bytes: &[u8], mode: Mode) -> String {
    let mut hasher = DefaultHasher::new();
    (bytes, mode == Mode::Release, optimize::OPTIONS).hash(&mut hasher);
    format!("{:016x} {}", hasher.finish(), bytes.len())
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
