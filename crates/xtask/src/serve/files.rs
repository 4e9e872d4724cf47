//! Which file a URL means, and of what type it is.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

use anyhow::Result;

/// The file behind the path of a request, or None. A folder means its `index.html`.
pub fn locate(folder: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?;
    let decoded = decode(path)?;
    // Resolving also follows links, so nothing outside the folder can be named.
    let found = fs::canonicalize(folder.join(decoded.trim_start_matches('/'))).ok()?;
    let file = if found.is_dir() {
        found.join("index.html")
    } else {
        found
    };
    (file.starts_with(folder) && file.is_file()).then_some(file)
}

/// A part of a file, to be read from `start`.
pub fn open(path: &Path, start: u64, length: u64) -> Result<Take<File>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    Ok(file.take(length))
}

/// Value of the `Content-Type` header.
pub fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("md" | "txt" | "wgsl") => "text/plain; charset=utf-8",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// Replaces `%41` by `A`; None for a broken escape or text that is no UTF-8.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn decodes_escapes() {
        assert_eq!(decode("/a%20b%2Fc").as_deref(), Some("/a b/c"));
        assert_eq!(decode("/caf%C3%A9").as_deref(), Some("/café"));
        for broken in ["/%", "/%4", "/%zz", "/%ff"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }
}
