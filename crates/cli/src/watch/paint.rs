//! Rows to terminal commands.

use std::io::Write;

use crossterm::queue;
use crossterm::style::{Attribute, Color, Print, ResetColor, SetAttribute, SetForegroundColor};

use super::layout::{Row, Shade};

/// Writes one row and a line end.
pub fn paint(out: &mut impl Write, row: &Row, is_coloured: bool) -> std::io::Result<()> {
    for (shade, text) in row {
        if is_coloured {
            style(out, *shade)?;
        }
        queue!(out, Print(text))?;
        if is_coloured {
            queue!(out, SetAttribute(Attribute::Reset), ResetColor)?;
        }
    }
    queue!(out, Print("\r\n"))
}

fn style(out: &mut impl Write, shade: Shade) -> std::io::Result<()> {
    match shade {
        Shade::Given => Ok(()),
        Shade::Mask | Shade::Status => queue!(out, SetAttribute(Attribute::Dim)),
        Shade::Committed {
            confidence,
            is_fresh,
        } => {
            queue!(out, SetForegroundColor(colour(confidence)))?;
            match is_fresh {
                true => queue!(out, SetAttribute(Attribute::Bold)),
                false => Ok(()),
            }
        }
    }
}

/// From red (a guess) over yellow to green (sure), in the 256 colours that terminals share.
fn colour(confidence: f32) -> Color {
    const STEPS: [(f32, u8); 5] = [(0.95, 78), (0.8, 149), (0.6, 185), (0.35, 215), (0.0, 203)];
    let step = STEPS.iter().find(|(least, _)| confidence >= *least);
    Color::AnsiValue(step.map_or(203, |&(_, value)| value))
}

#[cfg(test)]
mod tests {
    use super::{Shade, paint};

    fn painted(is_coloured: bool) -> String {
        let row = vec![
            (Shade::fresh(0.99), "sure".to_owned()),
            (Shade::Mask, "░".to_owned()),
        ];
        let mut out = Vec::new();
        paint(&mut out, &row, is_coloured).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn without_colours_there_is_only_text() {
        assert_eq!(painted(false), "sure░\r\n");
        assert!(painted(true).contains("\x1b[1msure"));
    }
}
