//! Bytes of neighbouring tokens to one text per token.

/// Whether a mask that may hold more bytes touches a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Edges {
    /// A mask stands right before the run.
    pub open_start: bool,
    /// A mask stands right after the run.
    pub open_end: bool,
}

/// One text per token for `tokens` given as bytes. Joined, they are the lossy decoding of the
/// joined bytes, save that an incomplete character at an open edge shows nothing.
///
/// A character (or the replacement of a broken one) belongs to the token of its first byte.
pub(super) fn lossy_pieces(tokens: &[Vec<u8>], edges: Edges) -> Vec<String> {
    let bytes = tokens.concat();
    let owners: Vec<usize> = tokens
        .iter()
        .enumerate()
        .flat_map(|(owner, token)| std::iter::repeat_n(owner, token.len()))
        .collect();
    let mut pieces = vec![String::new(); tokens.len()];
    let shown = shown_range(&bytes, edges);
    let mut at = shown.start;
    for chunk in bytes[shown].utf8_chunks() {
        for character in chunk.valid().chars() {
            pieces[owners[at]].push(character);
            at += character.len_utf8();
        }
        if !chunk.invalid().is_empty() {
            pieces[owners[at]].push(char::REPLACEMENT_CHARACTER);
            at += chunk.invalid().len();
        }
    }
    pieces
}

/// One text per byte. Where all bytes shown together are text they make its characters, else every
/// one of them is a replacement character. Bytes held back at an open edge show nothing.
pub(super) fn strict_pieces(bytes: &[u8], edges: Edges) -> Vec<String> {
    let mut pieces = vec![String::new(); bytes.len()];
    let shown = shown_range(bytes, edges);
    match std::str::from_utf8(&bytes[shown.clone()]) {
        Ok(text) => text
            .char_indices()
            .for_each(|(at, character)| pieces[shown.start + at].push(character)),
        Err(_) => pieces[shown]
            .iter_mut()
            .for_each(|piece| piece.push(char::REPLACEMENT_CHARACTER)),
    }
    pieces
}

/// The bytes that no neighbouring mask can turn into another character.
fn shown_range(bytes: &[u8], edges: Edges) -> std::ops::Range<usize> {
    // A character has at most three bytes after its first.
    let is_continuation = |byte: &&u8| **byte & 0xC0 == 0x80;
    let start = match edges.open_start {
        true => bytes.iter().take(3).take_while(is_continuation).count(),
        false => 0,
    };
    let held_back = match edges.open_end {
        true => incomplete_tail(&bytes[start..]),
        false => 0,
    };
    start..bytes.len() - held_back
}

/// Length of the unfinished character at the end: 0 to 3 bytes.
fn incomplete_tail(bytes: &[u8]) -> usize {
    let is_unfinished = |length: &usize| {
        let tail = &bytes[bytes.len() - length..];
        matches!(std::str::from_utf8(tail), Err(error) if error.valid_up_to() == 0 && error.error_len().is_none())
    };
    (1..=bytes.len().min(3)).find(is_unfinished).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Edges, lossy_pieces, strict_pieces};

    const OPEN: Edges = Edges {
        open_start: true,
        open_end: true,
    };
    const CLOSED: Edges = Edges {
        open_start: false,
        open_end: false,
    };

    #[test]
    fn a_split_character_is_shown_at_its_first_token() {
        let emoji = "a😀b".as_bytes();
        let tokens = [
            emoji[..3].to_vec(),
            emoji[3..4].to_vec(),
            emoji[4..].to_vec(),
        ];
        assert_eq!(lossy_pieces(&tokens, CLOSED), ["a😀", "", "b"]);
        assert_eq!(lossy_pieces(&tokens, OPEN), ["a😀", "", "b"]);
    }

    #[test]
    fn an_incomplete_character_waits_at_an_open_edge() {
        let tokens = [b"a\xF0\x9F".to_vec()];
        assert_eq!(lossy_pieces(&tokens, OPEN), ["a"]);
        assert_eq!(lossy_pieces(&tokens, CLOSED), ["a\u{FFFD}"]);
        let tokens = [b"\x98\x80b".to_vec()];
        assert_eq!(lossy_pieces(&tokens, OPEN), ["b"]);
        assert_eq!(lossy_pieces(&tokens, CLOSED), ["\u{FFFD}\u{FFFD}b"]);
    }

    #[test]
    fn bytes_that_no_mask_can_mend_are_replaced() {
        // Four continuation bytes are one too many; 0xFF begins no character.
        assert_eq!(
            lossy_pieces(&[b"\x80\x80\x80\x80".to_vec()], OPEN),
            ["\u{FFFD}"]
        );
        assert_eq!(lossy_pieces(&[b"\xFF".to_vec()], OPEN), ["\u{FFFD}"]);
        assert_eq!(lossy_pieces(&[b"\xE2\x28".to_vec()], OPEN), ["\u{FFFD}("]);
    }

    #[test]
    fn strict_bytes_are_text_together_or_not_at_all() {
        let e = "é".as_bytes();
        assert_eq!(strict_pieces(e, CLOSED), ["é", ""]);
        assert_eq!(strict_pieces(&[e[0], e[1], 0xFF], CLOSED), ["\u{FFFD}"; 3]);
        assert_eq!(strict_pieces(&[e[0], e[1], 0xE2], OPEN), ["é", "", ""]);
    }
}
