//! A static file server on 127.0.0.1, for the demo and for looking at built pages.
//!
//! It sends right types, answers byte ranges (the engine reads weights by ranges), asks the browser
//! to check for newer files, and isolates pages from other origins, so that the engine gets threads.

mod files;
mod range;

use std::path::Path;
use std::sync::Arc;
use std::{fs, thread};

use anyhow::{Context, Result, anyhow, bail};
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

use range::Range;

/// A browser loads a page with several connections at once.
const THREADS: usize = 8;
const PORT: u16 = 8000;

/// Opens a port: the wanted one or nothing; without a wish 8000, or any free one.
///
/// # Errors
/// When the port is taken.
pub fn bind(port: Option<u16>) -> Result<Server> {
    let open = |port| Server::http(("127.0.0.1", port));
    let opened = match port {
        Some(port) => open(port),
        None => open(PORT).or_else(|_| open(0)),
    };
    opened.map_err(|error| anyhow!("cannot listen on port {}: {error}", port.unwrap_or(PORT)))
}

/// The URL of a server.
pub fn address(server: &Server) -> String {
    format!("http://{}/", server.server_addr())
}

/// Serves a folder until the process ends.
///
/// # Errors
/// When the folder does not exist.
pub fn forever(folder: &Path, server: Server) -> Result<()> {
    let folder = fs::canonicalize(folder).with_context(|| folder.display().to_string())?;
    if !folder.is_dir() {
        bail!("{} is no folder", folder.display());
    }
    println!(
        "serving {} at {} (Ctrl-C ends it)",
        folder.display(),
        address(&server)
    );
    let server = Arc::new(server);
    let (server, folder) = (&server, &folder);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(move || {
                for request in server.incoming_requests() {
                    // A visitor who leaves in the middle of an answer is no news.
                    let _ = answer(folder, request);
                }
            });
        }
    });
    Ok(())
}

fn answer(folder: &Path, request: Request) -> Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return Ok(request.respond(Response::empty(405))?);
    }
    let Some(path) = files::locate(folder, request.url()) else {
        return Ok(request.respond(Response::from_string("not found").with_status_code(404))?);
    };
    let size = fs::metadata(&path)?.len();
    let wanted = request
        .headers()
        .iter()
        .find(|header| header.field.equiv("Range"));
    let range = wanted.map_or(Range::Whole, |header| {
        range::parse(header.value.as_str(), size)
    });
    let (status, start, length) = match range {
        Range::Whole => (200, 0, size),
        Range::Part { start, end } => (206, start, end - start),
        Range::Unsatisfiable => (416, 0, 0),
    };
    let mut headers = vec![
        header("Content-Type", files::content_type(&path)),
        header("Accept-Ranges", "bytes"),
        header("Cache-Control", "no-cache"),
        header("Cross-Origin-Opener-Policy", "same-origin"),
        header("Cross-Origin-Embedder-Policy", "require-corp"),
    ];
    match range {
        Range::Whole => {}
        Range::Part { start, end } => {
            headers.push(header(
                "Content-Range",
                &format!("bytes {start}-{}/{size}", end - 1),
            ));
        }
        Range::Unsatisfiable => headers.push(header("Content-Range", &format!("bytes */{size}"))),
    }
    let body = files::open(&path, start, length)?;
    let length = usize::try_from(length)?;
    // A file is sent with its length, never in chunks: progress bars need the total.
    let response = Response::new(StatusCode(status), headers, body, Some(length), None);
    Ok(request.respond(response.with_chunked_threshold(usize::MAX))?)
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("names and values of this server are ASCII")
}

#[cfg(test)]
mod tests;
