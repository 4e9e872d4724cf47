//! `unmask convert`: any model that loads, as one GGUF file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use unmask_engine::recipe::Recipe;
use unmask_engine::session::{self, Converted};
use unmask_engine::{Error, Progress, Result};

use crate::arguments::ConvertArguments;
use crate::output::Outcome;
use crate::{model_files, status_line, units};

/// Converts; the file appears under its name when it is whole.
///
/// # Errors
/// The engine's, and those of the file.
pub async fn run(arguments: &ConvertArguments) -> Outcome<ExitCode> {
    let files = model_files::model(&arguments.source)?;
    let recipe = Recipe {
        embedding: arguments.embed,
        head: arguments.head,
        ..Recipe::from(arguments.dtype.rule())
    };
    let mut target = Target::create(&arguments.target)?;
    let mut show = |progress: Progress| status_line::show(&line(&progress));
    let mut sink = |bytes: &[u8]| target.append(bytes);
    let converted = session::convert(files, &recipe, &mut sink, &mut show).await;
    status_line::show("");
    let converted = converted.map_err(|error| target.abandon(error))?;
    target.finish()?;
    eprintln!("{}", summary(&converted, &arguments.target));
    Ok(ExitCode::SUCCESS)
}

fn line(progress: &Progress) -> String {
    let percent = 100.0 * progress.loaded as f64 / progress.total.max(1) as f64;
    format!(
        "converting: {percent:.0} % of {}",
        units::bytes(progress.total)
    )
}

fn summary(converted: &Converted, path: &Path) -> String {
    let dtypes = converted.dtypes.iter();
    let dtypes: Vec<String> = dtypes.map(|(dtype, n)| format!("{n} {dtype}")).collect();
    let bytes = units::bytes(converted.bytes);
    format!(
        "{} tensors, {bytes} in {}",
        dtypes.join(" and "),
        path.display()
    )
}

/// A file that is written beside its name and moved there at the end.
struct Target {
    part: PathBuf,
    path: PathBuf,
    file: BufWriter<File>,
}

impl Target {
    fn create(path: &Path) -> Result<Self> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|error| unwritable(path, &error))?;
        Ok(Self {
            file: BufWriter::with_capacity(1 << 20, file),
            part,
            path: path.to_owned(),
        })
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all(bytes);
        written.map_err(|error| unwritable(&self.path, &error))
    }

    fn finish(mut self) -> Result<()> {
        let written = self.file.flush();
        let moved = written.and_then(|()| std::fs::rename(&self.part, &self.path));
        moved.map_err(|error| unwritable(&self.path, &error))
    }

    /// Removes what was written before `error`.
    fn abandon(&self, error: Error) -> Error {
        // Where even that fails, the first error is the one to tell.
        let _ = std::fs::remove_file(&self.part);
        error
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    let path = path.display();
    Error::bad_input(format!(
        "cannot write {path}: {error}; pass another file to write"
    ))
}
