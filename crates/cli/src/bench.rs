//! `unmask bench`: what one forward costs by its rows.

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;

use crate::arguments::BenchArguments;
use crate::interrupt::{self, Interrupt};
use crate::output::Outcome;
use crate::{json_lines, load, status_line};

/// Loads, measures in turns, prints medians. An interrupted run prints what there is.
///
/// # Errors
/// The engine's, and those of stdout.
pub async fn run(arguments: &BenchArguments) -> Outcome<ExitCode> {
    let interrupt = Interrupt::listen()?;
    let mut model = load::model(&arguments.model).await?;
    let mut seconds = vec![Vec::new(); arguments.rows.len()];
    interrupt.run_begins();
    // The first turn is not counted: recordings are made and pages touched.
    for turn in 0..=arguments.repeats {
        for (seconds, rows) in seconds.iter_mut().zip(&arguments.rows) {
            if interrupt.is_asked() {
                break;
            }
            status_line::show(&format!(
                "turn {turn} of {}: {rows} rows",
                arguments.repeats
            ));
            let took = model.time_forward(*rows).await?;
            seconds.extend((turn > 0).then_some(took));
        }
    }
    status_line::show("");
    let measured = arguments.rows.iter().zip(seconds);
    let measured = measured.filter_map(|(rows, seconds)| Line::of(*rows, seconds));
    print(&measured.collect::<Vec<_>>(), arguments.json)?;
    Ok(match interrupt.is_asked() {
        true => ExitCode::from(interrupt::STATUS),
        false => ExitCode::SUCCESS,
    })
}

/// What forwards of so many rows took.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    rows: u32,
    /// The median.
    seconds: f64,
    rows_per_second: f64,
    /// Of every turn, in order.
    all: Vec<f64>,
}

impl Line {
    /// None of no measurement.
    fn of(rows: u32, all: Vec<f64>) -> Option<Self> {
        let mut sorted = all.clone();
        sorted.sort_by(f64::total_cmp);
        let seconds = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
        Some(Self {
            rows,
            seconds,
            rows_per_second: f64::from(rows) / seconds,
            all,
        })
    }
}

fn print(lines: &[Line], as_json: bool) -> Outcome<()> {
    let mut stdout = std::io::stdout();
    if !as_json {
        writeln!(
            stdout,
            "{:>5} {:>12} {:>10}",
            "rows", "ms a forward", "rows/s"
        )?;
    }
    for line in lines {
        match as_json {
            true => json_lines::write(&mut stdout, line)?,
            false => writeln!(
                stdout,
                "{:>5} {:>12.2} {:>10.0}",
                line.rows,
                1000.0 * line.seconds,
                line.rows_per_second
            )?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn the_median_is_told() {
        let line = Line::of(8, vec![0.5, 0.25, 4.0]).unwrap();
        assert_eq!((line.seconds, line.rows_per_second), (0.5, 16.0));
        assert_eq!(line.all, [0.5, 0.25, 4.0]);
        assert_eq!(Line::of(8, Vec::new()), None);
    }
}
