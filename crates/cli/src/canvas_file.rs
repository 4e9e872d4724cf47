//! Canvas files: `{"segments":[{"text":"Once"},{"mask":12},{"ids":[1,2]}]}`.

use std::path::Path;

use serde::Deserialize;
use unmask_engine::{CanvasSegment, Error, ErrorCode, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CanvasFile {
    segments: Vec<CanvasSegment>,
}

/// The segments of the canvas file at `path`.
///
/// # Errors
/// `missing_file` when it cannot be read, `bad_input` when it does not have the form above.
pub fn read(path: &Path) -> Result<Vec<CanvasSegment>> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        let message = format!("cannot read the canvas file {shown}: {error}; check the path");
        Error::new(ErrorCode::MissingFile, message)
    })?;
    let file: CanvasFile = serde_json::from_slice(&bytes).map_err(|error| {
        Error::bad_input(format!(
            "{shown} is not a canvas file: {error}; expected \
             {{\"segments\":[{{\"text\":\"Once\"}},{{\"mask\":12}},{{\"ids\":[1,2]}}]}}"
        ))
    })?;
    Ok(file.segments)
}
