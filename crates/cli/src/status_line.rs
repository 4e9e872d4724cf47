//! One line on stderr that changes while something is under way.

use std::io::{IsTerminal, Write};

use crossterm::{cursor, execute, style::Print, terminal};

/// Replaces the terminal's current line; does nothing where stderr is no terminal. A terminal
/// that takes no text is no reason to fail.
pub fn show(text: &str) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let clear = terminal::Clear(terminal::ClearType::CurrentLine);
        let _ = execute!(stderr, clear, cursor::MoveToColumn(0), Print(text));
        let _ = stderr.flush();
    }
}
