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
