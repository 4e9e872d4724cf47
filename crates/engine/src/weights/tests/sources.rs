//! Folders on disk, and files read whole.

use super::super::{
    Checkpoint, Directory, Files, LARGEST_WHOLE_FILE, Memory, bytes_file, json_file, text_file,
};
use super::{assert_error, small_file};
use crate::Result;

/// A fresh folder that is removed at the end of the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("unmask-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_directory_is_read_like_memory() {
    let folder = Folder::new("read");
    std::fs::write(folder.0.join("model.safetensors"), small_file()).expect("written");
    let files = Directory::new(&folder.0);
    let checkpoint = pollster::block_on(Checkpoint::open(&files)).expect("opens");
    let mut out = Vec::new();
    pollster::block_on(checkpoint.read_rows_f32("weight", 1..2, &mut out)).expect("reads");
    assert_eq!(out, [4.0, 5.0, 6.0]);
    assert_eq!(pollster::block_on(files.size("config.json")), Ok(None));
    assert_eq!(
        pollster::block_on(files.size("model.safetensors/x")),
        Ok(None)
    );
    let read = pollster::block_on(files.read("model.safetensors", 0..1 << 40));
    assert_error(
        &read.expect_err("too long"),
        "bad_file",
        &["model.safetensors", "truncated"],
    );
    let read = pollster::block_on(files.read("config.json", 0..1));
    assert_error(&read.expect_err("absent"), "missing_file", &["config.json"]);
}

#[test]
fn a_directory_does_not_lead_outside() {
    let files = Directory::new(std::env::temp_dir());
    for name in ["../secret", "/etc/hostname", "", ".", "a/../../b"] {
        let error = pollster::block_on(files.size(name)).expect_err("leads outside");
        assert_error(&error, "bad_file", &["out of the model folder"]);
    }
}

#[test]
fn memory_checks_its_ranges() {
    let files = Memory::new().with("a", [1, 2, 3]);
    let read = |range| pollster::block_on(files.read("a", range));
    assert_eq!(read(1..3), Ok(vec![2, 3]));
    assert_eq!(read(3..3), Ok(vec![]));
    for range in [
        2..4,
        4..4,
        std::ops::Range { start: 2, end: 1 },
        0..u64::MAX,
    ] {
        assert_error(
            &read(range).expect_err("outside"),
            "bad_file",
            &["the file holds 3"],
        );
    }
    let error = pollster::block_on(files.read("b", 0..1)).expect_err("absent");
    assert_error(&error, "missing_file", &["\"b\""]);
}

#[test]
fn whole_files_are_read_as_bytes_text_and_json() {
    let files = Memory::new()
        .with("good.json", r#"{"mask_token_id": 5}"#)
        .with("bad.json", "{")
        .with("latin", [b'a', 0xe9]);
    let text = pollster::block_on(text_file(&files, "good.json"));
    assert_eq!(text, Ok(Some(r#"{"mask_token_id": 5}"#.into())));
    let json = pollster::block_on(json_file(&files, "good.json")).expect("is JSON");
    assert_eq!(json.expect("is there")["mask_token_id"], 5);
    assert_eq!(pollster::block_on(bytes_file(&files, "absent")), Ok(None));
    assert_eq!(pollster::block_on(json_file(&files, "absent")), Ok(None));
    let error = pollster::block_on(json_file(&files, "bad.json")).expect_err("is cut");
    assert_error(
        &error,
        "bad_file",
        &["bad.json", "not valid JSON", "line 1 column 1"],
    );
    let error = pollster::block_on(text_file(&files, "latin")).expect_err("is not UTF-8");
    assert_error(&error, "bad_file", &["latin", "bad byte at 1"]);
}

#[test]
fn a_whole_file_over_the_cap_is_refused_unread() {
    struct Huge;
    impl Files for Huge {
        async fn size(&self, _: &str) -> Result<Option<u64>> {
            Ok(Some(LARGEST_WHOLE_FILE + 1))
        }
        async fn read(&self, _: &str, _: std::ops::Range<u64>) -> Result<Vec<u8>> {
            panic!("must not be read")
        }
    }
    let error = pollster::block_on(json_file(&Huge, "config.json")).expect_err("is too large");
    assert_error(
        &error,
        "bad_file",
        &["config.json", "67108865", "at most 67108864"],
    );
}
