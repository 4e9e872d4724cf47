//! The dependency rules of ARCHITECTURE.md, read off the source.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("src is readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Files below `src` whose path starts with none of `allowed` and that mention `word`.
fn offenders(word: &str, rooms: &[&str], allowed: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 50, "the walk sees the crate");
    let relative = |path: &PathBuf| {
        path.strip_prefix(&root)
            .expect("below src")
            .to_string_lossy()
            .replace('\\', "/")
    };
    files
        .iter()
        .filter(|path| {
            let name = relative(path);
            let in_rooms = rooms.is_empty() || rooms.iter().any(|room| name.starts_with(room));
            in_rooms && !allowed.iter().any(|room| name.starts_with(room))
        })
        .filter(|path| std::fs::read_to_string(path).expect("UTF-8").contains(word))
        .map(relative)
        .collect()
}

#[test]
fn wgpu_is_named_in_gpu_only() {
    assert_eq!(offenders("wgpu::", &[], &["gpu/"]), [""; 0]);
    assert!(
        !offenders("wgpu::", &[], &[]).is_empty(),
        "the search can find something"
    );
}

#[test]
fn wasm_bindgen_is_named_in_the_web_shim_only() {
    assert_eq!(offenders("wasm_bindgen", &[], &["gpu/web.rs"]), [""; 0]);
}

#[test]
fn decode_model_and_gpu_do_not_know_each_other() {
    for (room, others) in [
        ("decode/", ["crate::gpu", "crate::model"]),
        ("model/", ["crate::gpu", "crate::decode"]),
        ("gpu/", ["crate::decode", "crate::model"]),
        ("weights/", ["crate::gpu", "crate::model"]),
        ("reference/", ["crate::gpu", "crate::model"]),
    ] {
        for other in others {
            assert_eq!(
                offenders(other, &[room], &[]),
                [""; 0],
                "{room} knows {other}"
            );
        }
    }
}

#[test]
fn tokenizers_are_known_in_text_only() {
    assert_eq!(offenders("tokenizers::", &[], &["text/"]), [""; 0]);
    assert_eq!(offenders("minijinja::", &[], &["text/"]), [""; 0]);
}

#[test]
fn pieces_that_decide_by_chance_are_known() {
    let known = [
        "decode/select/random.rs",
        "decode/select/dream.rs",
        "decode/select/unmasking_policy.rs",
        "decode/revise/remdm.rs",
        "decode/row_plan/dpad.rs",
    ];
    assert_eq!(
        offenders("setup.seed", &["decode/"], &known),
        [""; 0],
        "name it in BY_CHANCE of decode/options.rs"
    );
    let found = offenders("setup.seed", &["decode/"], &[]);
    assert_eq!(found.len(), known.len(), "{found:?}");
}
