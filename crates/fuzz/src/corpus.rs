//! Files that runs found worth keeping: each brought an answer of its own. They are committed, so that
//! every run begins where the ones before it ended.

use std::fs;
use std::io;
use std::path::PathBuf;

/// Longest file that is kept, bytes: what a short one does not show, a long one hides.
const LONGEST: usize = 8 << 10;

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target)
}

/// The files of a target, in the order of their names; none where nothing was kept.
#[must_use]
pub fn read(target: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder(target)).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| fs::read(path).ok())
        .collect()
}

/// Keeps those of `files` that are short, named by their contents; how many these are.
///
/// # Errors
/// Those of the file system.
pub fn keep(target: &str, files: &[Vec<u8>]) -> io::Result<usize> {
    let folder = folder(target);
    fs::create_dir_all(&folder)?;
    let mut kept = 0;
    for file in files.iter().filter(|file| file.len() <= LONGEST) {
        fs::write(folder.join(format!("{:016x}", fnv(file))), file)?;
        kept += 1;
    }
    Ok(kept)
}

/// FNV-1a.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
