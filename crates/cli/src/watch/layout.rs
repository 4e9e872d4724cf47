//! Pieces of text to rows of the terminal; knows no terminal.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// How a stretch of text is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shade {
    /// Prompt and pinned text.
    Given,
    /// Not known yet.
    Mask,
    /// Committed with this probability; fresh in the step that did it.
    Committed { confidence: f32, is_fresh: bool },
    /// The line of counters.
    Status,
}

impl Shade {
    /// Committed just now.
    pub fn fresh(confidence: f32) -> Self {
        Self::Committed {
            confidence,
            is_fresh: true,
        }
    }

    /// What was fresh no longer is.
    pub fn settle(&mut self) {
        if let Self::Committed { is_fresh, .. } = self {
            *is_fresh = false;
        }
    }
}

/// One position of the canvas (or the prompt).
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// What it shows; a mask shows a block.
    pub text: &'a str,
    /// How.
    pub shade: Shade,
}

/// One line: stretches of text of one shade.
pub type Row = Vec<(Shade, String)>;

/// Breaks `cells` into rows at most `width` columns wide.
pub fn rows<'a>(cells: impl Iterator<Item = Cell<'a>>, width: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = vec![Row::new()];
    let mut column = 0;
    for cell in cells {
        let text = match cell.shade {
            Shade::Mask => "░",
            Shade::Given | Shade::Committed { .. } | Shade::Status => cell.text,
        };
        for character in text.chars() {
            if character == '\n' {
                rows.push(Row::new());
                column = 0;
                continue;
            }
            let character = printable(character);
            let columns = character.width().unwrap_or(0);
            if column + columns > width.max(2) {
                rows.push(Row::new());
                column = 0;
            }
            column += columns;
            push(&mut rows, cell.shade, character);
        }
    }
    rows
}

/// A model may write control characters; a terminal would obey them.
fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        character if character.is_control() => char::REPLACEMENT_CHARACTER,
        character => character,
    }
}

fn push(rows: &mut [Row], shade: Shade, character: char) {
    let Some(row) = rows.last_mut() else { return };
    match row.last_mut() {
        Some((last, text)) if *last == shade => text.push(character),
        _ => row.push((shade, character.into())),
    }
}

/// Which of `rows` to show where only `room` fit: those around the first mask.
pub fn window(rows: &[Row], room: usize) -> Range<usize> {
    let has_mask = |row: &Row| row.iter().any(|(shade, _)| *shade == Shade::Mask);
    let first = rows.iter().position(has_mask).unwrap_or(rows.len());
    let start = first
        .saturating_sub(room / 2)
        .min(rows.len().saturating_sub(room));
    start..rows.len().min(start + room)
}

#[cfg(test)]
mod tests {
    use super::{Cell, Shade, rows, window};

    fn texts(cells: &[(&str, Shade)], width: usize) -> Vec<String> {
        let cells = cells.iter().map(|&(text, shade)| Cell { text, shade });
        let join = |row: &super::Row| row.iter().map(|(_, text)| text.as_str()).collect();
        rows(cells, width).iter().map(join).collect()
    }

    #[test]
    fn rows_break_at_the_width_and_at_line_ends() {
        let given = Shade::Given;
        assert_eq!(texts(&[("abc", given), ("def", given)], 4), ["abcd", "ef"]);
        assert_eq!(texts(&[("a\nb", given)], 4), ["a", "b"]);
        assert_eq!(texts(&[("漢字漢", given)], 5), ["漢字", "漢"]);
    }

    #[test]
    fn masks_are_blocks_and_controls_are_disarmed() {
        assert_eq!(texts(&[("a", Shade::Given), ("", Shade::Mask)], 9), ["a░"]);
        assert_eq!(texts(&[("\x1b[2J", Shade::fresh(0.5))], 9), ["\u{FFFD}[2J"]);
    }

    #[test]
    fn the_window_follows_the_first_mask() {
        let cell = |shade| Cell { text: "x\n", shade };
        let mut cells = vec![cell(Shade::Given); 20];
        let all = rows(cells.iter().copied(), 9);
        assert_eq!(window(&all, 100), 0..21);
        assert_eq!(window(&all, 5), 16..21);
        cells[10] = Cell {
            text: "",
            shade: Shade::Mask,
        };
        assert_eq!(window(&rows(cells.iter().copied(), 9), 6), 7..13);
        cells[0] = Cell {
            text: "",
            shade: Shade::Mask,
        };
        assert_eq!(window(&rows(cells.iter().copied(), 9), 6), 0..6);
    }
}
