//! Characters that differ in case only.

use std::sync::OnceLock;

/// Behind it no script has two cases.
const CASED: u32 = 0x1_ffff;

/// A character, and behind it all that differ from it in case only.
type Folded = (char, char);

/// Groups of two and more characters that are one to the flag i; the second of each pair.
pub fn groups() -> impl Iterator<Item = &'static [Folded]> {
    static TABLE: OnceLock<Vec<Folded>> = OnceLock::new();
    let table = TABLE.get_or_init(table);
    table.chunk_by(|(a, _), (b, _)| a == b)
}

fn table() -> Vec<Folded> {
    let characters = (0..=CASED).filter_map(char::from_u32);
    let mut all: Vec<Folded> = characters.map(|c| (folded(c), c)).collect();
    all.sort_unstable();
    let groups = all.chunk_by(|(a, _), (b, _)| a == b);
    groups
        .filter(|group| group.len() > 1)
        .flatten()
        .copied()
        .collect()
}

/// The same for characters that differ in case only.
fn folded(c: char) -> char {
    // The i without a dot has an upper case, but is not its lower case outside of Turkish.
    if c == 'ı' {
        return c;
    }
    let upper = alone(c, c.to_uppercase());
    alone(upper, upper.to_lowercase())
}

/// What `c` was mapped to, where that is one character.
fn alone(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}
