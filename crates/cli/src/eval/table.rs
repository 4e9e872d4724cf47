//! A report for people.

use std::io::Write;

use unmask_exam::{Report, Row};

/// Writes a line a task, the total, and the measures of stories below.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    let names = report.tasks.iter().map(|row| row.name.chars().count());
    let width = names.max().unwrap_or(0).max("total".len());
    writeln!(
        out,
        "{:width$}  items  right      %  forwards  tokens  tok/fwd      rows  seconds",
        "task"
    )?;
    for row in report.tasks.iter().chain([&report.total]) {
        write_row(out, row, width)?;
    }
    let stories = report.tasks.iter().filter_map(|row| row.quality);
    for quality in stories {
        writeln!(
            out,
            "stories: {:.1} % of the names kept, {:.1} % of the phrases repeated",
            100.0 * quality.names_kept,
            100.0 * quality.repetition
        )?;
        if quality.judged > 0 {
            writeln!(
                out,
                "stories: {:.3} nats a token by the judge",
                quality.likelihood
            )?;
        }
    }
    if !report.is_complete {
        writeln!(out, "interrupted: the other items were not asked")?;
    }
    out.flush()
}

fn write_row(out: &mut impl Write, row: &Row, width: usize) -> std::io::Result<()> {
    writeln!(
        out,
        "{:width$}  {:5}  {:5}  {:5.1}  {:8}  {:6}  {:7.2}  {:8}  {:7.1}",
        row.name,
        row.items,
        row.right,
        row.percent,
        row.forwards,
        row.committed,
        row.tokens_per_forward,
        row.rows,
        row.seconds
    )
}
