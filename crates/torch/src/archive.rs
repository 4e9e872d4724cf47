//! The zip archive of `torch.save`: a folder with `data.pkl`, and `data/KEY` for each storage.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use unmask_engine::weights::Files;
use unmask_engine::{Error, Result};
use zip::{CompressionMethod, ZipArchive};

/// Largest pickle, bytes. It holds names and shapes, no weights.
const LARGEST_PICKLE: u64 = 64 << 20;

/// Most files of an archive: a storage each.
const MOST_ENTRIES: usize = 1 << 20;

/// Bytes read at a time of the archive's directory.
const PIECE: usize = 64 << 10;

/// Where a file of the archive lies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub start: u64,
    pub length: u64,
}

/// What was found in an archive.
#[derive(Debug)]
pub(crate) struct Archive {
    /// The bytes of `data.pkl`.
    pub pickle: Vec<u8>,
    /// The storages by key.
    pub storages: HashMap<String, Place>,
}

/// Opens the archive `file`.
///
/// # Errors
/// `bad_file` where it is no such archive, or one whose files are compressed; whatever `files`
/// reports.
pub(crate) fn open<F: Files>(files: &F, file: &str, size: u64) -> Result<Archive> {
    let reader = BufReader::with_capacity(
        PIECE,
        RangeReader {
            files,
            file,
            size,
            at: 0,
        },
    );
    let mut archive = ZipArchive::new(reader).map_err(|error| {
        Error::bad_file(format!(
            "{file} is no zip archive: {error}; it is damaged, or older than PyTorch 1.6: load it \
             there and save it again"
        ))
    })?;
    if archive.len() > MOST_ENTRIES {
        let count = archive.len();
        return Err(Error::bad_file(format!(
            "{file} holds {count} files; at most {MOST_ENTRIES} are read"
        )));
    }
    let mut places = HashMap::new();
    for index in 0..archive.len() {
        let (name, place) = entry(&mut archive, index, size)
            .map_err(|reason| Error::bad_file(format!("{file} {reason}")))?;
        places.insert(name, place);
    }
    let (folder, pickle) = pickle_of(&places)
        .ok_or_else(|| Error::bad_file(format!("{file} has no data.pkl; torch.save writes one")))?;
    let order = read_small(
        files,
        (file, size),
        places.get(&format!("{folder}byteorder")),
    )?;
    if order.as_deref().is_some_and(|order| order != b"little") {
        return Err(Error::bad_file(format!(
            "{file} was written by a big-endian machine; save it again on another"
        )));
    }
    let pickle = read_small(files, (file, size), Some(&pickle))?;
    let data = format!("{folder}data/");
    let storages = places.into_iter().filter_map(|(name, place)| {
        let key = name.strip_prefix(&data)?;
        Some((key.to_owned(), place))
    });
    Ok(Archive {
        pickle: pickle.unwrap_or_default(),
        storages: storages.collect(),
    })
}

/// The archive's folder, its slash included, and the pickle in it.
fn pickle_of(places: &HashMap<String, Place>) -> Option<(String, Place)> {
    let mut pickles = places.iter().filter_map(|(name, place)| {
        let folder = name.strip_suffix("data.pkl")?;
        let is_top =
            folder.matches('/').count() <= 1 && (folder.is_empty() || folder.ends_with('/'));
        is_top.then(|| (folder.to_owned(), *place))
    });
    let first = pickles.next()?;
    // Two of them would be read in an order of chance.
    pickles.next().is_none().then_some(first)
}

/// Name and place of a file in the archive.
fn entry<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    size: u64,
) -> std::result::Result<(String, Place), String> {
    let bad = |error| format!("has a damaged entry {index}: {error}");
    let entry = archive.by_index_raw(index).map_err(bad)?;
    let name = entry.name().map_err(bad)?.into_owned();
    if entry.encrypted() || entry.compression() != CompressionMethod::Stored {
        return Err(format!(
            "has the compressed or encrypted entry {name:?}; torch.save stores them as they are"
        ));
    }
    let length = entry.compressed_size();
    let start = entry.data_start().unwrap_or(u64::MAX);
    match start.checked_add(length) {
        Some(end) if end <= size => Ok((name, Place { start, length })),
        _ => Err(format!("is truncated: its entry {name:?} ends behind it")),
    }
}

/// The bytes at `place`, which are few.
fn read_small<F: Files>(
    files: &F,
    (file, size): (&str, u64),
    place: Option<&Place>,
) -> Result<Option<Vec<u8>>> {
    let Some(&Place { start, length }) = place else {
        return Ok(None);
    };
    if length > LARGEST_PICKLE.min(size) {
        return Err(Error::bad_file(format!(
            "{file} has a data.pkl of {length} bytes; at most {LARGEST_PICKLE} are read"
        )));
    }
    pollster::block_on(files.read(file, start..start + length)).map(Some)
}

/// A file of a folder as the standard library reads one.
struct RangeReader<'a, F> {
    files: &'a F,
    file: &'a str,
    size: u64,
    at: u64,
}

impl<F: Files> Read for RangeReader<'_, F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let end = self.at.saturating_add(out.len() as u64).min(self.size);
        if end <= self.at {
            return Ok(0);
        }
        let read = pollster::block_on(self.files.read(self.file, self.at..end));
        let bytes = read.map_err(|error| io::Error::other(error.message))?;
        out[..bytes.len()].copy_from_slice(&bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl<F> Seek for RangeReader<'_, F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
