//! Ways to spoil a file: some blind, some that know where lengths, numbers and words stand.

use crate::random::Random;

/// Longest file that is made.
const LONGEST: usize = 1 << 16;

/// Numbers at which arithmetic turns over.
const NUMBERS: [u64; 14] = [
    0,
    1,
    2,
    7,
    31,
    255,
    256,
    65_535,
    1 << 24,
    (1 << 31) - 1,
    1 << 32,
    1 << 40,
    i64::MAX as u64,
    u64::MAX,
];

/// Numbers and words as JSON has them.
const TOKENS: [&str; 16] = [
    "0",
    "-1",
    "1",
    "3",
    "16777216",
    "1e300",
    "-1e-300",
    "18446744073709551615",
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "\"\\ud800\"",
    "\"gptq\"",
    "[[[[[[[[]]]]]]]]",
];

/// A file of `corpus`, spoiled once or a few times.
pub(crate) fn spoil(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = random.pick(corpus).clone();
    for _ in 0..=random.below(4) {
        once(&mut bytes, corpus, random);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn once(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    match random.below(10) {
        0 => flip(bytes, at, random),
        1 => set(bytes, at, &[random.bits() as u8]),
        2 => set(bytes, at, &random.pick(&NUMBERS).to_le_bytes()),
        3 => set(bytes, at, &(*random.pick(&NUMBERS) as u32).to_le_bytes()),
        4 => nudge(bytes, at, random),
        5 => bytes.truncate(at),
        6 => cut(bytes, at, random),
        7 => repeat(bytes, at, random),
        8 => splice(bytes, at, random.pick::<Vec<u8>>(corpus), random),
        _ => token(bytes, at, random),
    }
}

fn flip(bytes: &mut [u8], at: usize, random: &mut Random) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << random.below(8);
    }
}

fn set(bytes: &mut [u8], at: usize, value: &[u8]) {
    for (byte, value) in bytes.iter_mut().skip(at).zip(value) {
        *byte = *value;
    }
}

/// Adds a little to a 64-bit number: lengths and offsets that are almost right.
fn nudge(bytes: &mut [u8], at: usize, random: &mut Random) {
    if let Some(number) = bytes
        .get_mut(at..)
        .and_then(|rest| rest.first_chunk_mut::<8>())
    {
        let step = random.below(65) as u64;
        *number = u64::from_le_bytes(*number)
            .wrapping_add(step)
            .wrapping_sub(32)
            .to_le_bytes();
    }
}

fn cut(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let end = bytes.len().min(at + random.below(32));
    bytes.drain(at..end);
}

fn repeat(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let end = bytes.len().min(at + random.below(64));
    let copy = bytes[at..end].to_vec();
    bytes.splice(at..at, copy);
}

fn splice(bytes: &mut Vec<u8>, at: usize, other: &[u8], random: &mut Random) {
    let from = random.below(other.len() + 1);
    let end = other.len().min(from + random.below(64));
    let replaced = bytes.len().min(at + random.below(64));
    bytes.splice(at..replaced, other[from..end].iter().copied());
}

/// Replaces the number or the word that begins next.
fn token(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let starts = |byte: &u8| byte.is_ascii_digit() || *byte == b'"';
    let Some(skipped) = bytes[at..].iter().position(starts) else {
        return;
    };
    let start = at + skipped;
    let rest = &bytes[start + 1..];
    let length = match bytes[start] {
        b'"' => rest
            .iter()
            .position(|byte| *byte == b'"')
            .map(|end| end + 1),
        _ => rest.iter().position(|byte| !byte.is_ascii_digit()),
    };
    let end = start + 1 + length.unwrap_or(0);
    bytes.splice(start..end, random.pick(&TOKENS).bytes());
}
