//! Compiles `relaxed/dots.rs` to a WebAssembly module of its own; `src/wasm/relaxed.rs` says why.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=relaxed/dots.rs");
    println!("cargo::rerun-if-changed=src/layout.rs");
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("wasm32") {
        return;
    }
    let module = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("dots.wasm");
    compile(&module);
    let bytes = fs::read(&module).expect("rustc wrote the module");
    assert_owns_nothing(&bytes);
}

fn compile(module: &Path) {
    let mut rustc = Command::new(env::var_os("RUSTC").expect("cargo sets it"));
    rustc.args(["--edition", "2024", "--crate-type", "cdylib"]);
    rustc.args(["--target", "wasm32-unknown-unknown"]);
    rustc.args(["-Copt-level=3", "-Cpanic=abort", "-Cstrip=symbols"]);
    rustc.arg("-Ctarget-feature=+simd128,+relaxed-simd");
    rustc.arg("-Clink-arg=--import-memory");
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    if features.split(',').any(|feature| feature == "atomics") {
        // `core` was not compiled for shared memory; nothing of it is left in the module.
        let of_threads = [
            "shared-memory",
            "max-memory=4294967296",
            "no-check-features",
        ];
        rustc.args(of_threads.map(|argument| format!("-Clink-arg=--{argument}")));
    }
    let status = rustc.arg("-o").arg(module).arg("relaxed/dots.rs").status();
    assert!(
        status.expect("rustc starts").success(),
        "relaxed/dots.rs does not compile"
    );
}

/// Panics where the module would write to memory that is the engine's: it has no data, and no
/// instruction that reads the global with its stack's address.
fn assert_owns_nothing(module: &[u8]) {
    const CODE: u8 = 10;
    const DATA: u8 = 11;
    let mut rest = &module[8..];
    while let [id, after @ ..] = rest {
        let (length, body) = number(after);
        let (body, next) = body.split_at(length);
        assert!(*id != DATA, "relaxed/dots.rs has data of its own");
        if *id == CODE {
            let takes_stack = body.windows(2).any(|pair| pair == [0x23, 0x00]);
            assert!(!takes_stack, "relaxed/dots.rs has a stack");
        }
        rest = next;
    }
}

/// A LEB128 number, and what follows.
fn number(bytes: &[u8]) -> (usize, &[u8]) {
    let end = bytes.iter().take_while(|byte| **byte >= 0x80).count();
    let parts = bytes[..=end].iter().enumerate();
    let number = parts.map(|(i, byte)| usize::from(byte & 0x7f) << (7 * i));
    (number.sum(), &bytes[end + 1..])
}
