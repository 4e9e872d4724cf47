//! `unmask logits`: the network's output for one sequence, for parity tests.

use std::fs::File;
use std::io::BufWriter;
use std::process::ExitCode;

use unmask_engine::Error;

use crate::arguments::LogitsArguments;
use crate::output::Outcome;
use crate::{load, npy};

/// Loads, computes, writes the file.
///
/// # Errors
/// The engine's, and those of the file.
pub async fn run(arguments: &LogitsArguments) -> Outcome<ExitCode> {
    let mut model = load::model(&arguments.model).await?;
    let values = model.logits(&arguments.ids).await?;
    let rows = arguments.ids.len();
    write(arguments, rows, &values)?;
    let columns = values.len() / rows;
    eprintln!("float32 [{rows}, {columns}] in {}", arguments.out.display());
    Ok(ExitCode::SUCCESS)
}

fn write(arguments: &LogitsArguments, rows: usize, values: &[f32]) -> unmask_engine::Result<()> {
    let failed = |error: std::io::Error| {
        let path = arguments.out.display();
        Error::bad_input(format!("cannot write {path}: {error}; pass another --out"))
    };
    let file = File::create(&arguments.out).map_err(failed)?;
    npy::write(&mut BufWriter::new(file), rows, values.len() / rows, values).map_err(failed)
}
