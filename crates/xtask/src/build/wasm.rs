//! The wasm module and its JavaScript glue, twice: npm/wasm, and with threads npm/threads.
//!
//! The standard library is built as well (`-Z build-std`), from its sources, by the toolchain that
//! everything else is built with: threads share memory, which it has to know of, and built for size
//! it is 25 kB less for a visitor to download. `RUSTC_BOOTSTRAP` has Cargo accept that flag; our own
//! code uses nothing unstable.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use anyhow::{Context, Result, bail};

use super::{Mode, bindgen, optimize};
use crate::setup::WASM_TARGET;
use crate::{command, repository, setup};

/// Name of the module as Cargo makes it.
const MODULE: &str = "unmask_wasm";

/// A build of the module. npm/package.json ships files of its name.
#[derive(Clone, Copy)]
pub struct Variant {
    name: &'static str,
    /// Of the repository.
    pub folder: &'static str,
    has_threads: bool,
}

/// For every browser.
pub const PLAIN: Variant = Variant {
    name: MODULE,
    folder: "npm/wasm",
    has_threads: false,
};

/// For pages that are isolated from other origins.
pub const THREADS: Variant = Variant {
    name: "unmask_threads",
    folder: "npm/threads",
    has_threads: true,
};

/// The module of the pages that test and measure a visitor's device.
const CONFORMANCE: &str = "unmask_conformance";

/// Builds what changed: the slow steps run only when Cargo's output differs from the last time.
pub fn build(mode: Mode, variant: Variant) -> Result<()> {
    let compiled = compile(mode, MODULE, variant.has_threads)?;
    let bytes = fs::read(&compiled).with_context(|| compiled.display().to_string())?;
    let stamp = repository::target()?.join(format!("xtask-{}-stamp", variant.name));
    let fingerprint = fingerprint(&bytes, mode);
    let folder = repository::path(variant.folder);
    let current = fs::read_to_string(&stamp).is_ok_and(|text| text == fingerprint);
    if current && is_complete(&folder, variant.name) {
        println!("{} is up to date", variant.folder);
        return Ok(());
    }
    remove(&stamp)?;
    let _ = fs::remove_dir_all(&folder);
    bindgen::web(variant.name, bytes, &folder, bindgen::Purpose::Package)?;
    if mode == Mode::Release {
        optimize::module(&folder.join(format!("{}_bg.wasm", variant.name)))?;
        optimize::glue(&folder.join(format!("{}.js", variant.name)))?;
    }
    fs::write(stamp, fingerprint)?;
    Ok(())
}

/// Builds the module of `conformance.html` and `bench.html` into a folder of the site.
pub fn build_conformance(mode: Mode, site: &Path) -> Result<()> {
    let compiled = compile(mode, CONFORMANCE, false)?;
    let bytes = fs::read(&compiled).with_context(|| compiled.display().to_string())?;
    let folder = site.join("conformance");
    bindgen::web(CONFORMANCE, bytes, &folder, bindgen::Purpose::Package)
}

/// Compiles the crate of a module and returns the path of the raw module.
fn compile(mode: Mode, module: &str, has_threads: bool) -> Result<PathBuf> {
    // Build scripts look at `RUSTC_BOOTSTRAP`: in one folder each build would undo the other.
    let target = repository::target()?.join(if has_threads { "threads" } else { "plain" });
    let profile = match mode {
        Mode::Dev => "release",
        Mode::Release => "wasm",
    };
    let mut cargo = command::cargo();
    let package = module.replace('_', "-");
    cargo.args(["build", "--locked", "-p", &package, "--lib"]);
    cargo.args(["-Z", "build-std=std,panic_abort"]);
    cargo.args(["-Z", "build-std-features=optimize_for_size"]);
    cargo.env("RUSTC_BOOTSTRAP", "1");
    cargo.arg("--target-dir").arg(&target);
    let mut folders = folders()?;
    folders.push(setup::library_sources()?);
    let mut flags = Vec::new();
    if has_threads {
        flags.extend(THREAD_FLAGS.map(str::to_owned));
    }
    flags.extend(folders.iter().map(|folder| remap(folder)));
    flags.push(PANIC_PLACES.to_owned());
    cargo.arg("--config").arg(rust_flags(&flags));
    command::run(cargo.args(["--target", WASM_TARGET, "--profile", profile]))?;
    let file = target
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

/// Shared memory that the page makes, and what the glue needs to give every thread its own stack.
const THREAD_FLAGS: [&str; 8] = [
    "-Ctarget-feature=+atomics",
    "-Clink-arg=--shared-memory",
    "-Clink-arg=--import-memory",
    // Shared memory has to name its limit; all that 32 bits can address, as memory has by itself.
    "-Clink-arg=--max-memory=4294967296",
    "-Clink-arg=--export=__wasm_init_tls",
    "-Clink-arg=--export=__tls_size",
    "-Clink-arg=--export=__tls_align",
    "-Clink-arg=--export=__tls_base",
];

/// A panic names its file and what was wrong. All places where one could happen are 23 kB of gzip with their lines and
/// columns, and about 4 kB as files.
const PANIC_PLACES: &str = "-Zlocation-detail=file";

fn rust_flags(flags: &[String]) -> String {
    let quoted: Vec<String> = flags.iter().map(|flag| format!("'{flag}'")).collect();
    format!("target.{WASM_TARGET}.rustflags=[{}]", quoted.join(", "))
}

/// This machine's folders with sources.
fn folders() -> Result<Vec<PathBuf>> {
    let mut folders = vec![repository::path("")];
    let registries = cargo_home().join("registry/src");
    if registries.is_dir() {
        for entry in fs::read_dir(&registries)? {
            folders.push(entry?.path());
        }
    }
    Ok(folders)
}

/// Takes a folder out of the paths in panic messages: a visitor would download it, and the module
/// would differ from one checkout to the next.
fn remap(folder: &Path) -> String {
    let folder = folder.display().to_string();
    format!("--remap-path-prefix={}=", folder.trim_end_matches('/'))
}

fn cargo_home() -> PathBuf {
    env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    )
}

fn is_complete(folder: &Path, name: &str) -> bool {
    let names = [
        format!("{name}.js"),
        format!("{name}.d.ts"),
        format!("{name}_bg.wasm"),
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
