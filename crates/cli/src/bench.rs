//! `unmask bench`: what one forward costs by its rows.

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;
use unmask_engine::session::{LoadedModel, StepCost, Tuning};

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
    if arguments.knee && !interrupt.is_asked() {
        tell_knee(&mut model, arguments.json).await?;
    }
    for rows in arguments.rows.iter().filter(|_| arguments.unroll.is_some()) {
        let steps = arguments.unroll.unwrap_or_default();
        unrolled(&mut model, (*rows, steps), arguments, &interrupt).await?;
    }
    Ok(match interrupt.is_asked() {
        true => ExitCode::from(interrupt::STATUS),
        false => ExitCode::SUCCESS,
    })
}

/// Where more rows begin to take longer.
async fn tell_knee(model: &mut LoadedModel, as_json: bool) -> Outcome<()> {
    let mut tuner = model.tune();
    let mut tuning = Tuning::default();
    while let Some(known) = tuner.next(model).await? {
        tuning = known;
    }
    let mut stdout = std::io::stdout();
    match as_json {
        true => json_lines::write(&mut stdout, &tuning)?,
        false => writeln!(
            stdout,
            "\nknee: a step of {} rows takes hardly longer than one of a single row",
            tuning.knee
        )?,
    }
    Ok(())
}

/// What a step of so many rows costs beside its kernels, alone and among so many steps of one
/// submission: the medians of several turns.
async fn unrolled(
    model: &mut LoadedModel,
    (rows, steps): (u32, u32),
    arguments: &BenchArguments,
    interrupt: &Interrupt,
) -> Outcome<()> {
    let mut turns = Vec::new();
    for turn in 0..=arguments.repeats {
        if interrupt.is_asked() {
            break;
        }
        status_line::show(&format!("turn {turn} of {}", arguments.repeats));
        let cost = model.time_unrolled(rows, steps).await?;
        turns.extend((turn > 0).then_some(cost));
    }
    status_line::show("");
    let of = |what: fn(&StepCost) -> f64| median(turns.iter().map(what).collect());
    let (Some(ratio), Some(alone)) = (
        of(|cost| cost.unrolled / cost.kernels),
        of(|cost| cost.alone / cost.kernels),
    ) else {
        return Ok(());
    };
    let kernels = of(|cost| cost.kernels).unwrap_or_default();
    let told = UnrolledLine {
        rows,
        steps,
        kernels,
        ratio,
        alone,
        all: turns,
    };
    let mut stdout = std::io::stdout();
    match arguments.json {
        true => json_lines::write(&mut stdout, &told)?,
        false => writeln!(
            stdout,
            "{rows} rows: the kernels of a step take {:.2} ms; a step takes {ratio:.3} of that among {steps} in one submission, {alone:.3} alone",
            1000.0 * kernels
        )?,
    }
    Ok(())
}

/// What steps cost beside their kernels.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnrolledLine {
    rows: u32,
    steps: u32,
    /// Seconds of the kernels of a step, each by itself.
    kernels: f64,
    /// A step among others, as a multiple of that.
    ratio: f64,
    /// A step by itself, as a multiple of that.
    alone: f64,
    /// Of every turn, in order.
    all: Vec<StepCost>,
}

/// The middle value, the lower of two; none of nothing.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
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
        let seconds = median(all.clone())?;
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
