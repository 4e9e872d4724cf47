//! Where the bytes lie: sizes, offsets, fallbacks, words.

use super::super::format::{Format, GROUP_ROWS, Unfit};

#[test]
fn words_name_the_formats() {
    for format in Format::ALL {
        assert_eq!(Format::from_word(format.as_str()), Some(format));
    }
    assert_eq!(Format::Q4_0.to_string(), "q4_0");
    assert_eq!(Format::from_word("auto"), None);
}

#[test]
fn sizes_and_scale_offsets() {
    for (format, n, k, scale_offset, bytes) in [
        (Format::F32, 3, 5, 60, 60),
        (Format::F16, 3, 6, 36, 36),
        (Format::Q8_0, 3, 32, 96, 104), // three f16 scales, padded to 8 bytes
        (Format::Q8_0, 2, 64, 128, 136),
        (Format::Q4_0, 3, 32, 48, 56),
        (Format::Q4_0, 2, 64, 64, 72),
        (Format::Q4_0, 0, 64, 0, 0),
    ] {
        assert_eq!(
            format.scale_offset(n, k),
            scale_offset,
            "{format} [{n}, {k}]"
        );
        assert_eq!(format.bytes(n, k), bytes, "{format} [{n}, {k}]");
    }
    // The head of a large model: over 32 bits of bytes.
    assert_eq!(Format::F32.bytes(1 << 20, 1 << 13), 1 << 35);
}

#[test]
fn columns_choose_the_fallback() {
    for (k, formats) in [
        (32, [Format::F32, Format::F16, Format::Q8_0, Format::Q4_0]),
        (896, [Format::F32, Format::F16, Format::Q8_0, Format::Q4_0]),
        (33, [Format::F32; 4]),
        (34, [Format::F32, Format::F16, Format::F16, Format::F16]),
        (16, [Format::F32, Format::F16, Format::F16, Format::F16]),
    ] {
        assert_eq!(
            Format::ALL.map(|format| format.for_columns(k)),
            formats,
            "{k} columns"
        );
    }
}

#[test]
fn group_offsets_are_words_in_both_planes() {
    for format in Format::ALL {
        let (n, k) = (100, 96);
        for row in (0..n).step_by(GROUP_ROWS) {
            let (quants, scales) = format.group_offsets(n, k, row);
            assert!(
                quants.is_multiple_of(4) && scales.is_multiple_of(4),
                "{format} row {row}"
            );
            assert!(quants < format.scale_offset(n, k) && scales <= format.bytes(n, k));
        }
    }
    // 32 rows of 3 blocks: 96 blocks of 32 bytes, and of 2 bytes after all 300 blocks.
    assert_eq!(Format::Q8_0.group_offsets(100, 96, 32), (3072, 9600 + 192));
    assert_eq!(Format::Q4_0.group_offsets(100, 96, 32), (1536, 4800 + 192));
}

#[test]
fn q4_0_nibbles_lie_in_ggml_order() {
    // d = -8 / -8 = 1, so element i packs to its value + 8.
    let row: Vec<f32> = (0..32).map(|i| (i % 16) as f32 - 8.0).collect();
    let planes = Format::Q4_0.pack(&row, 32).expect("fits");
    let expected: Vec<u8> = (0..16).map(|i| i | i << 4).collect();
    assert_eq!(planes.quants, expected);
    assert_eq!(
        planes.scales,
        [0x00, 0x3c, 0, 0],
        "1.0 as f16, then padding"
    );
}

#[test]
fn weights_that_do_not_fit_are_found() {
    for (format, largest) in [
        (Format::F16, 65504.0),
        (Format::Q8_0, 8_319_008.0),
        (Format::Q4_0, 524_032.0),
    ] {
        for value in [f32::NAN, f32::INFINITY, -largest * 1.001] {
            let mut rows = [1.0; 64];
            rows[40] = value;
            let unfit = format.pack(&rows, 32).expect_err("does not fit");
            let Unfit {
                format: named,
                index,
                value: shown,
                largest: bound,
            } = unfit;
            assert_eq!((named, index, bound), (format, 40, largest));
            assert_eq!(shown.to_bits(), value.to_bits());
            rows[40] = largest;
            assert!(format.pack(&rows, 32).is_ok(), "{format} holds its largest");
        }
    }
    assert!(Format::F32.pack(&[f32::NAN], 1).is_err());
    assert!(Format::F32.pack(&[f32::MAX], 1).is_ok());
}
