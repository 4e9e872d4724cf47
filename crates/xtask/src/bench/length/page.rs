//! `length.md`: the figures in tables.

use std::fmt::Write as _;

use super::measured::{Line, Measured, OfModel, Point};
use super::{BLOCK, CANVAS, STEPS};

/// What a step may cost at 2,048 positions, of one at 256.
const ASKED: f64 = 1.3;

/// The page.
pub fn text(measured: &Measured) -> String {
    let Measured {
        device,
        processor,
        dtype,
        version,
        repeats,
        models,
    } = measured;
    let mut page = format!(
        "# Time against length\n\n\
         Made by `cargo xtask bench length`; do not edit. Models of random weights write {CANVAS} tokens \
         in {STEPS} steps and blocks of {BLOCK} behind a prompt that fills the length. {dtype} on \
         {device}, {processor}, version {version}; medians of {repeats}, measured in turns. Keys and \
         values are kept as the default has them.\n\n\
         ![Seconds against length](length.svg)\n\n\
         The dashed line is the ideal: what the cheapest plan takes at its shortest text, whatever the \
         length. A step of a cache should take at most {ASKED} times as long at the longest text as at \
         the shortest.\n\n"
    );
    for model in models {
        section(&mut page, model);
    }
    page
}

fn section(page: &mut String, model: &OfModel) {
    let _ = writeln!(page, "## {}\n\n{}.\n", model.name, model.about);
    let lines = &model.lines;
    table(
        page,
        "Seconds of a step within a block, and its rows",
        lines,
        |point| format!("{:.4} ({})", point.step_seconds, point.rows),
    );
    table(
        page,
        "Seconds of all, the prompt's first forward included",
        lines,
        |point| format!("{:.3}", point.total_seconds),
    );
    page.push_str("What the longest text costs of the shortest, a step:\n\n");
    for line in lines {
        if let Some((growth, longest, shortest)) = line.growth() {
            let name = line.name;
            let _ = writeln!(page, "* {name}: {growth:.2} ({longest} against {shortest})");
        }
    }
    page.push('\n');
}

fn table(page: &mut String, title: &str, lines: &[Line], cell: impl Fn(&Point) -> String) {
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
