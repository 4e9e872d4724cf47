//! The safetensors file that holds the same tensors: a header, and ranges of another file.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::json;

use crate::archive::Place;
use crate::state::Stored;

/// A file that is nowhere written down.
#[derive(Debug)]
pub(crate) struct Virtual {
    /// The length of the header, and the header.
    header: Vec<u8>,
    /// Where each tensor begins here, and where its bytes are; in order.
    segments: Vec<(u64, Place)>,
    size: u64,
}

/// Where a part of the virtual file comes from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// These bytes.
    Header(&'a [u8]),
    /// This range of the other file.
    Data(Range<u64>),
}

impl Virtual {
    /// The file that holds `tensors`.
    pub fn new(tensors: &BTreeMap<String, Stored>) -> Self {
        let mut entries = serde_json::Map::new();
        let mut end = 0_u64;
        for (name, tensor) in tensors {
            let begin = end;
            end = end.saturating_add(tensor.place.length);
            let entry =
                json!({"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [begin, end]});
            entries.insert(name.clone(), entry);
        }
        let text = serde_json::Value::Object(entries).to_string();
        let mut header = (text.len() as u64).to_le_bytes().to_vec();
        header.extend(text.as_bytes());
        let mut at = header.len() as u64;
        let mut segments = Vec::with_capacity(tensors.len());
        for tensor in tensors.values().filter(|tensor| tensor.place.length > 0) {
            segments.push((at, tensor.place));
            at = at.saturating_add(tensor.place.length);
        }
        Self {
            header,
            segments,
            size: at,
        }
    }

    /// Its bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The parts of `range`, in order; what is behind the end is left out.
    pub fn parts(&self, range: &Range<u64>) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        let header = self.header.len() as u64;
        if range.start < header.min(range.end) {
            let end = range.end.min(header);
            parts.push(Part::Header(
                &self.header[range.start as usize..end as usize],
            ));
        }
        let first = self
            .segments
            .partition_point(|(at, place)| at + place.length <= range.start);
        for (at, place) in &self.segments[first..] {
            if *at >= range.end {
                break;
            }
            let from = range.start.max(*at) - at;
            let to = range.end.min(at + place.length) - at;
            parts.push(Part::Data(place.start + from..place.start + to));
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(start: u64, length: u64) -> Stored {
        Stored {
            dtype: "U8",
            shape: vec![length],
            place: Place { start, length },
        }
    }

    #[test]
    fn ranges_are_found_where_they_are() {
        let tensors = [
            ("a", vector(100, 4)),
            ("b", vector(50, 0)),
            ("c", vector(90, 6)),
        ];
        let tensors = tensors.map(|(name, tensor)| (name.to_owned(), tensor));
        let file = Virtual::new(&BTreeMap::from(tensors));
        let header = file.size() - 10;
        let data = |range: Range<u64>| file.parts(&(header + range.start..header + range.end));
        assert_eq!(data(0..10), [Part::Data(100..104), Part::Data(90..96)]);
        assert_eq!(data(3..5), [Part::Data(103..104), Part::Data(90..91)]);
        assert_eq!(data(4..6), [Part::Data(90..92)]);
        assert_eq!(data(10..20), []);
        let start = file.parts(&(0..header + 1));
        assert_eq!(start.len(), 2);
        assert_eq!(start[1], Part::Data(100..101));
        assert!(matches!(start[0], Part::Header(bytes) if bytes.len() as u64 == header));
    }
}
