//! What an estimate promises is what a load takes.

use std::cell::RefCell;
use std::ops::Range;
use std::path::PathBuf;

use pollster::block_on;
use unmask_engine::session::{DeviceChoice, DtypeChoice, LoadOptions, estimate, load};
use unmask_engine::weights::{Directory, Files};
use unmask_engine::{ErrorCode, Result};

fn golden(name: &str) -> Directory {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    Directory::new(folder.join(name))
}

fn f32() -> LoadOptions {
    LoadOptions {
        dtype: DtypeChoice::F32,
        ..LoadOptions::default()
    }
}

#[test]
fn an_estimate_is_what_a_load_takes() {
    // The last one is sharded.
    for name in ["qwen3", "llama", "dream"] {
        for dtype in [
            DtypeChoice::F32,
            DtypeChoice::F16,
            DtypeChoice::Q8_0,
            DtypeChoice::Q4_0,
        ] {
            let options = LoadOptions {
                device: DeviceChoice::Cpu,
                dtype,
                ..LoadOptions::default()
            };
            let promised = block_on(estimate(golden(name), &options)).expect("the folder is whole");
            let mut downloaded = 0;
            let mut progress = |progress: unmask_engine::Progress| {
                if progress.stage == unmask_engine::Stage::Download {
                    downloaded = progress.total;
                }
            };
            let model = block_on(load(golden(name), &options, &mut progress)).expect("loads");
            let info = model.info();
            assert_eq!(
                promised.resident_bytes, info.resident_bytes,
                "{name} {dtype:?}"
            );
            assert_eq!(promised.parameters, info.parameters, "{name}");
            assert_eq!(promised.download_bytes, downloaded, "{name}");
            assert_eq!(promised.dtype, info.dtype, "{name}");
        }
    }
}

/// Files that note how much of each was read.
struct Watched {
    files: Directory,
    read: RefCell<Vec<(String, u64)>>,
}

impl Files for Watched {
    async fn size(&self, file: &str) -> Result<Option<u64>> {
        self.files.size(file).await
    }

    async fn read(&self, file: &str, range: Range<u64>) -> Result<Vec<u8>> {
        let length = range.end - range.start;
        self.read.borrow_mut().push((file.to_owned(), length));
        self.files.read(file, range).await
    }
}

#[test]
fn an_estimate_reads_headers_and_no_weights() {
    let watched = Watched {
        files: golden("tiles"),
        read: RefCell::default(),
    };
    let promised = block_on(estimate(&watched, &f32())).expect("the folder is whole");
    let read = watched.read.borrow();
    let weights = read
        .iter()
        .filter(|(file, _)| file.ends_with(".safetensors"));
    let bytes: u64 = weights.map(|(_, length)| length).sum();
    assert!(
        bytes > 0 && bytes < promised.download_bytes / 10,
        "{bytes} bytes"
    );
}

#[test]
fn an_estimate_fails_as_the_load_would() {
    let empty = Directory::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/absent"));
    let error = block_on(estimate(empty, &f32())).expect_err("there is nothing");
    assert_eq!(error.code, ErrorCode::MissingFile);
}
