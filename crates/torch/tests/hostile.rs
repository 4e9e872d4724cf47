//! Files of strangers: nothing is run, and what is wrong is said.

use std::io::{Cursor, Write};

use pollster::block_on;
use unmask_engine::weights::{Checkpoint, Memory};
use unmask_torch::{TorchFolder, pickle};
use zip::write::{SimpleFileOptions, ZipWriter};

/// An archive as torch.save makes one.
fn archive(pickle: &[u8], storages: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut add = |name: &str, bytes: &[u8]| {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    };
    add("archive/data.pkl", pickle);
    for (key, bytes) in storages {
        add(&format!("archive/data/{key}"), bytes);
    }
    zip.finish().unwrap().into_inner()
}

fn refusal(bytes: &[u8]) -> String {
    let files = TorchFolder::new(Memory::new().with("pytorch_model.bin", bytes));
    let error = block_on(Checkpoint::open(files)).expect_err("opened");
    assert_eq!(error.code.as_str(), "bad_file");
    error.message
}

/// A pickle of `{"w": a vector}`: where it begins in its storage, and how many numbers it has.
fn vector(offset: u8, count: u8, of: u8) -> Vec<u8> {
    let mut pickle = b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n(".to_vec();
    pickle.extend(
        b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu",
    );
    pickle.extend([
        b'K', of, b't', b'Q', b'K', offset, b'K', count, 0x85, b'K', 1, 0x85, 0x89,
    ]);
    pickle.extend(b"ccollections\nOrderedDict\n)RtRs.");
    pickle
}

#[test]
fn a_vector_is_read() {
    let bytes = archive(
        &vector(1, 2, 3),
        &[("0", &[0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64])],
    );
    let files = TorchFolder::new(Memory::new().with("pytorch_model.bin", bytes));
    let checkpoint = block_on(Checkpoint::open(files)).expect("opens");
    let mut values = Vec::new();
    block_on(checkpoint.read_rows_f32("w", 0..1, &mut values)).expect("reads");
    assert_eq!(values, [1.0, 2.0]);
}

#[test]
fn names_that_could_do_harm_are_refused_by_name() {
    for (module, name) in [
        ("os", "system"),
        ("builtins", "eval"),
        ("torch", "load"),
        ("torch._utils", "_rebuild_device_tensor_from_numpy"),
        ("collections", "OrderedDict.fromkeys"),
    ] {
        let pickle = format!("\u{2}c{module}\n{name}\n(X\u{2}\0\0\0lstR.");
        let bytes = [b"\x80", pickle.as_bytes()].concat();
        let message = refusal(&archive(&bytes, &[]));
        assert!(message.contains(&format!("{module}.{name}")), "{message}");
        assert!(
            message.contains("nothing of a pickle is ever run"),
            "{message}"
        );
        // The same by names on the stack, as later protocols have them.
        let text = |text: &str| [&[0x8c, text.len() as u8], text.as_bytes()].concat();
        let stacked = [text(module), text(name), vec![0x93, b'.']].concat();
        assert!(pickle::read(&stacked).unwrap_err().contains(name));
    }
    // What builds objects otherwise, and what reads from elsewhere.
    for operation in [b'i', b'o', b'P', b'I', 0x81, 0x92, 0x82, 0x97] {
        let message = pickle::read(&[b'}', b'(', operation, b'.']).unwrap_err();
        assert!(
            message.contains("no dictionary of tensors needs"),
            "{message}"
        );
    }
}

#[test]
fn pickles_that_do_not_hold_together_are_errors() {
    let cases: [(&[u8], &str); 12] = [
        (b"", "is truncated"),
        (b".", "takes a value where there is none"),
        (b"X\xff\xff\xff\xffab", "is truncated"),
        (b"(K\x01", "is truncated"),
        (b"t.", "ends a gathering that never began"),
        (b"}(K\x01u.", "has a key without a value"),
        (b"K\x01K\x02s.", "adds an entry to what is no dictionary"),
        (b"h\x07.", "asks for value 7"),
        (b"}q\x00h\x00.", "uses a dictionary or a list twice"),
        (b"NQ.", "has nothing for a storage"),
        (b"NNR.", "calls nothing with nothing"),
        (
            b"ctorch._utils\n_rebuild_tensor_v2\n)R.",
            "in another way than torch.save does",
        ),
    ];
    for (pickle, expected) in cases {
        let message = pickle::read(pickle).unwrap_err();
        assert!(message.contains(expected), "{pickle:?}: {message}");
    }
    let deep = [&[b')'][..], &[0x85; 1000], b"."].concat();
    assert!(pickle::read(&deep).unwrap_err().contains("deep"));
    assert!(
        pickle::read(&vec![b'N'; 20_000])
            .unwrap_err()
            .contains("at a time")
    );
}

#[test]
fn archives_that_lie_are_errors() {
    let good: &[(&str, &[u8])] = &[("0", &[0; 12])];
    for (bytes, expected) in [
        (b"no zip".to_vec(), "is no zip archive"),
        (
            archive(&vector(0, 4, 9), good),
            "wants 4 numbers from number 0 on of a storage of 3",
        ),
        (
            archive(&vector(2, 2, 3), good),
            "wants 2 numbers from number 2 on",
        ),
        (archive(&vector(0, 3, 2), good), "of a storage of 2"),
        (
            archive(&vector(0, 3, 3), &[]),
            "storage \"0\", which is not there",
        ),
        (archive(b"K\x01.", &[]), "no dictionary of tensors"),
    ] {
        let message = refusal(&bytes);
        assert!(message.contains(expected), "{message}");
    }
    let whole = archive(&vector(0, 3, 3), good);
    for length in 0..whole.len() {
        refusal(&whole[..length]);
    }
}
