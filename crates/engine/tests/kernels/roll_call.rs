//! Every shader has its kernel, its twin, its test and a variant: found by listing the folders.

use std::collections::BTreeSet;
use std::path::Path;

fn stems(folder: &str, extension: &str) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(root.join(folder)).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("readable").path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| {
            path.file_stem()
                .expect("named")
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

#[test]
fn every_shader_has_kernel_twin_test_and_variant() {
    let kernels = stems("src/kernels", "rs");
    let twins = stems("src/reference", "rs");
    // The two halves of the head are tested together.
    let mut tests = stems("tests/kernels", "rs");
    tests.insert("head_merge".to_owned());
    let listed: BTreeSet<&str> = unmask_engine::shader::variants()
        .iter()
        .map(|v| v.kernel)
        .collect();
    let shaders = stems("../../shaders", "wgsl");
    assert!(shaders.len() >= 7, "found only {shaders:?}");
    for shader in &shaders {
        assert!(kernels.contains(shader), "kernels/{shader}.rs is missing");
        assert!(twins.contains(shader), "reference/{shader}.rs is missing");
        assert!(
            tests.contains(shader),
            "tests/kernels/{shader}.rs is missing"
        );
        assert!(
            listed.contains(shader.as_str()),
            "variants.toml lacks {shader}"
        );
    }
}

/// `shaders/variants.lock` names every variant with a hash of its text, so that a change shows which
/// variants it touches. `UPDATE_EXPECT=1` writes it anew.
#[test]
fn the_lock_names_every_variant_as_it_is() {
    let variants = unmask_engine::shader::variants().iter();
    let lines: Vec<String> = variants
        .map(|variant| format!("{:016x} {}\n", variant.hash, variant.label()))
        .collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shaders/variants.lock");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, lines.concat()).expect("is writable");
    }
    let locked = std::fs::read_to_string(&path).expect("shaders/variants.lock is there");
    let changed: Vec<&String> = lines
        .iter()
        .filter(|line| !locked.contains(*line))
        .collect();
    assert!(
        changed.is_empty() && locked == lines.concat(),
        "variants that differ from shaders/variants.lock: {changed:?}; run with UPDATE_EXPECT=1"
    );
}
