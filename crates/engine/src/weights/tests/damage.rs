//! Files that were good once: cut anywhere, or with bytes changed.

use proptest::prelude::*;

use super::super::{Checkpoint, Memory};
use super::{open, read_all, small_file};

/// Reads everything; any error is fine, a panic is not.
fn exercise(checkpoint: &Checkpoint<Memory>) {
    let names: Vec<String> = checkpoint.names().map(String::from).collect();
    for name in names {
        let _ = read_all(checkpoint, &name);
    }
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    let whole = small_file();
    for length in 0..whole.len() {
        let error = open(whole[..length].to_vec()).err();
        let error = error.unwrap_or_else(|| panic!("opened {length} of {} bytes", whole.len()));
        assert_eq!(error.code.as_str(), "bad_file", "{error}");
        assert!(error.message.contains("model.safetensors"), "{error}");
    }
    exercise(&open(whole).expect("the whole file is good"));
}

#[test]
fn a_file_that_shrinks_after_opening_is_an_error() {
    // The header is read while the file is whole; the weights are gone when they are wanted.
    struct Shrinking(Memory);
    impl super::super::Files for Shrinking {
        async fn size(&self, file: &str) -> crate::Result<Option<u64>> {
            self.0.size(file).await
        }
        async fn read(&self, file: &str, range: std::ops::Range<u64>) -> crate::Result<Vec<u8>> {
            let mut bytes = self.0.read(file, range.clone()).await?;
            bytes.truncate(if range.start > 8 { 5 } else { bytes.len() });
            Ok(bytes)
        }
    }
    let files = Shrinking(super::folder(small_file()));
    let checkpoint = pollster::block_on(Checkpoint::open(files)).expect("opens");
    let mut out = Vec::new();
    let read = pollster::block_on(checkpoint.read_rows_f32("weight", 0..2, &mut out));
    let error = read.expect_err("too few bytes came");
    super::assert_error(&error, "bad_file", &["24 bytes", "5 came"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn changed_bytes_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = small_file();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(checkpoint) = open(bytes) {
            exercise(&checkpoint);
        }
    }

    #[test]
    fn changed_characters_of_the_header_never_panic(
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(b"0123456789[]{},:\"-.eE \\uFBtn".to_vec())),
            1..4,
        ),
    ) {
        let mut bytes = small_file();
        let header = 8..bytes.len() - 38;
        for (index, byte) in changes {
            bytes[header.start + index.index(header.len())] = byte;
        }
        if let Ok(checkpoint) = open(bytes) {
            exercise(&checkpoint);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(checkpoint) = open(bytes) {
            exercise(&checkpoint);
        }
    }
}
