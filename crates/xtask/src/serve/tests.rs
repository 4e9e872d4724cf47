//! The server over real connections.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::{env, fs, process, thread};

use super::{bind, forever};

/// Starts a server on a folder with two files, and returns its address.
fn start(name: &str) -> String {
    let base = env::temp_dir().join(format!("unmask-serve-{}-{name}", process::id()));
    let folder: PathBuf = base.join("site");
    fs::create_dir_all(folder.join("sub")).unwrap();
    fs::write(base.join("secret.txt"), "secret").unwrap();
    fs::write(folder.join("sub/index.html"), "<p>hello").unwrap();
    fs::write(folder.join("a.wasm"), [0, 1, 2, 3, 4, 5, 6, 7]).unwrap();
    let server = bind(Some(0)).unwrap();
    let address = server.server_addr().to_string();
    thread::spawn(move || forever(&folder, server));
    address
}

/// Status line with headers, and body.
fn request(address: &str, method: &str, path: &str, header: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n"
    )
    .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let split = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    (
        String::from_utf8(bytes[..split].to_vec()).unwrap(),
        bytes[split + 4..].to_vec(),
    )
}

#[test]
fn sends_files_and_folders_with_their_types() {
    let address = start("files");
    let (head, body) = request(&address, "GET", "/sub/?query", "");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("text/html"), "{head}");
    assert_eq!(body, b"<p>hello");
    let (head, body) = request(&address, "HEAD", "/a.wasm", "");
    assert!(
        head.contains("application/wasm") && head.contains("Content-Length: 8"),
        "{head}"
    );
    assert!(body.is_empty());
}

#[test]
fn isolates_pages_and_the_scripts_of_their_workers() {
    let address = start("isolation");
    for path in ["/sub/", "/a.wasm"] {
        let (head, _) = request(&address, "GET", path, "");
        assert!(
            head.contains("Cross-Origin-Opener-Policy: same-origin"),
            "{head}"
        );
        assert!(
            head.contains("Cross-Origin-Embedder-Policy: require-corp"),
            "{head}"
        );
    }
}

#[test]
fn sends_ranges() {
    let address = start("ranges");
    let (head, body) = request(&address, "GET", "/a.wasm", "Range: bytes=2-4\r\n");
    assert!(head.starts_with("HTTP/1.1 206"), "{head}");
    assert!(head.contains("Content-Range: bytes 2-4/8"), "{head}");
    assert_eq!(body, [2, 3, 4]);
    let (head, _) = request(&address, "GET", "/a.wasm", "Range: bytes=8-\r\n");
    assert!(
        head.starts_with("HTTP/1.1 416") && head.contains("bytes */8"),
        "{head}"
    );
}

#[test]
fn stays_inside_its_folder() {
    let address = start("inside");
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/sub/..%2f..%2fsecret.txt",
        "/none",
        "/",
    ] {
        let (head, body) = request(&address, "GET", path, "");
        assert!(head.starts_with("HTTP/1.1 404"), "{path}: {head}");
        assert_eq!(body, b"not found", "{path}");
    }
    let (head, _) = request(&address, "POST", "/a.wasm", "");
    assert!(head.starts_with("HTTP/1.1 405"), "{head}");
}
