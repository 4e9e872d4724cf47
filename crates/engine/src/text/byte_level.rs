//! The byte-level alphabet of GPT-2: every byte as a printable character.

/// The bytes a token's spelling stands for: its own UTF-8 when a character is outside the alphabet
/// (added tokens are spelled plainly).
pub(super) fn bytes(token: &str) -> Vec<u8> {
    let encoded: Option<Vec<u8>> = token.chars().map(byte).collect();
    encoded.unwrap_or_else(|| token.as_bytes().to_vec())
}

/// Printable bytes stand for themselves; the other 68 are U+0100 onwards, in ascending order.
fn byte(character: char) -> Option<u8> {
    match u32::from(character) {
        code @ (0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF) => u8::try_from(code).ok(),
        code @ 0x100..=0x120 => u8::try_from(code - 0x100).ok(), // 0x00..=0x20
        code @ 0x121..=0x142 => u8::try_from(code - 0x121 + 0x7F).ok(), // 0x7F..=0xA0
        0x143 => Some(0xAD),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{byte, bytes};

    #[test]
    fn the_alphabet_is_a_bijection() {
        let mut found: Vec<u8> = (0..0x200)
            .filter_map(char::from_u32)
            .filter_map(byte)
            .collect();
        found.sort_unstable();
        assert_eq!(found, (0..=255).collect::<Vec<u8>>());
    }

    #[test]
    fn known_spellings() {
        assert_eq!(bytes("Ġthe"), b" the");
        assert_eq!(bytes("Ċ"), b"\n");
        assert_eq!(bytes("Ã©"), "é".as_bytes());
        assert_eq!(bytes("a b"), b"a b");
    }
}
