//! `unmask convert`: any model that loads, as one GGUF file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use unmask_calibrate::{Calibrated, Step};
use unmask_engine::recipe::Recipe;
use unmask_engine::session::{self, Blocks, Converted};
use unmask_engine::weights::Files;
use unmask_engine::{Error, Progress, Result};
use unmask_torch::TorchFolder;

use crate::arguments::ConvertArguments;
use crate::output::Outcome;
use crate::{model_files, status_line, units};

/// Converts; the file appears under its name when it is whole.
///
/// # Errors
/// The engine's, and those of the files.
pub async fn run(arguments: &ConvertArguments) -> Outcome<ExitCode> {
    let files = model_files::model(&arguments.source)?;
    match TorchFolder::is_needed(&files).await? {
        true => convert(&TorchFolder::new(files), arguments).await?,
        false => convert(&files, arguments).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn convert<F: Files>(files: &F, arguments: &ConvertArguments) -> Outcome<()> {
    let recipe = Recipe {
        embedding: arguments.embed,
        head: arguments.head,
        ..Recipe::from(arguments.dtype.rule())
    };
    let mut target = Target::create(&arguments.target)?;
    let converted = write(files, &recipe, arguments, &mut target).await;
    status_line::show("");
    let converted = converted.map_err(|error| target.abandon(error))?;
    target.finish()?;
    eprintln!("{}", summary(&converted, &arguments.target));
    Ok(())
}

async fn write<F: Files>(
    files: &F,
    recipe: &Recipe,
    arguments: &ConvertArguments,
    target: &mut Target,
) -> Result<Converted> {
    let blocks = match &arguments.calibrate {
        None => Blocks::new(),
        Some(texts) => calibrate(files, recipe, texts).await?.blocks,
    };
    let mut show = |progress: Progress| status_line::show(&line(&progress));
    let mut sink = |bytes: &[u8]| target.append(bytes);
    session::convert_with(files, recipe, &blocks, &mut sink, &mut show).await
}

/// Rounds by the texts in a file; what that was good for is said on stderr.
async fn calibrate<F: Files>(files: &F, recipe: &Recipe, texts: &Path) -> Result<Calibrated> {
    let name = texts.display().to_string();
    let bytes = std::fs::read(texts).map_err(|error| {
        Error::bad_input(format!(
            "cannot read {name}: {error}; pass a file of JSON lines"
        ))
    })?;
    let texts = unmask_calibrate::parse(&name, &bytes)?;
    let mut show = |step: Step| status_line::show(&calibration_line(step));
    let calibrated = unmask_calibrate::calibrate(files, recipe, &texts, &mut show).await?;
    status_line::show("");
    eprintln!("{}", gain(&calibrated));
    Ok(calibrated)
}

fn calibration_line(step: Step) -> String {
    match step {
        Step::Loading { loaded, total } => line_of("reading as f32", loaded, total),
        Step::Reading {
            layer,
            layers,
            text,
            texts,
        } => format!(
            "calibrating: part {layer} of {layers}, text {} of {texts}",
            text + 1
        ),
        Step::Rounding { layer, layers } => {
            format!("calibrating: part {layer} of {layers}, rounding")
        }
    }
}

/// What rounding costs: shares of the products' energy that are error, on the mean.
fn gain(calibrated: &Calibrated) -> String {
    let count = calibrated.errors.len();
    let mean = |error: fn(&unmask_calibrate::MatrixError) -> f64| {
        100.0 * calibrated.errors.iter().map(error).sum::<f64>() / count.max(1) as f64
    };
    format!(
        "{count} matrices calibrated: products are off by {:.3} % of their energy, by {:.3} % if \
         rounded to the nearest",
        mean(|error| error.calibrated),
        mean(|error| error.nearest)
    )
}

fn line(progress: &Progress) -> String {
    line_of("converting", progress.loaded, progress.total)
}

fn line_of(doing: &str, loaded: u64, total: u64) -> String {
    let percent = 100.0 * loaded as f64 / total.max(1) as f64;
    format!("{doing}: {percent:.0} % of {}", units::bytes(total))
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
