//! `length.md`: the figures in a table.

use std::fmt::Write as _;

use super::{BLOCK, CANVAS, Line, Measured, STEPS};

/// The page.
pub fn text(measured: &Measured) -> String {
    let Measured {
        device,
        processor,
        dtype,
        version,
        repeats,
        lines,
    } = measured;
    let mut page = format!(
        "# Time against length\n\n\
         Made by `cargo xtask bench length`; do not edit. A model of random weights (512 wide, 4 layers, 8 \
         heads, inner size 1408) writes {CANVAS} tokens in {STEPS} steps and blocks of {BLOCK} behind \
         a prompt that fills the length. {dtype} on {device}, {processor}, version {version}; medians \
         of {repeats}, measured in turns.\n\n\
         ![Seconds against length](length.svg)\n\n"
    );
    table(
        &mut page,
        "Seconds of a step within a block, and its rows",
        lines,
        |point| format!("{:.4} ({})", point.step_seconds, point.rows),
    );
    table(
        &mut page,
        "Seconds of all, the prompt's first forward included",
        lines,
        |point| format!("{:.3}", point.total_seconds),
    );
    page.push_str("What the longest text costs of the shortest, a step:\n\n");
    for line in lines {
        if let (Some(first), Some(last)) = (line.points.first(), line.points.last()) {
            let ratio = last.step_seconds / first.step_seconds.max(1e-9);
            let lengths = (last.length, first.length);
            let _ = writeln!(
                page,
                "* {}: {ratio:.2} ({} against {})",
                line.name, lengths.0, lengths.1
            );
        }
    }
    page
}

fn table(page: &mut String, title: &str, lines: &[Line], cell: impl Fn(&super::Point) -> String) {
    let lengths = lines
        .first()
        .map(|line| &line.points[..])
        .unwrap_or_default();
    let heads: String = lengths
        .iter()
        .map(|point| format!(" {} |", point.length))
        .collect();
    let rule = "---:|".repeat(lengths.len());
    let _ = writeln!(page, "{title}:\n\n| plan |{heads}\n|---|{rule}");
    for line in lines {
        let cells: String = line
            .points
            .iter()
            .map(|point| format!(" {} |", cell(point)))
            .collect();
        let _ = writeln!(page, "| {} |{cells}", line.name);
    }
    page.push('\n');
}
