//! The exam by the standard table of methods: accuracy against speed, as a page and a picture.

mod chart;
mod methods;
mod page;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use unmask_exam::Report;

use crate::{build, command, repository};
use methods::{Method, Methods};

/// The tasks, from the repository's folder.
const EXAM: &str = "tests/exam";

/// What to measure.
#[derive(Clone, clap::Args)]
pub struct Options {
    /// Items of each task
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    items: u32,
    /// Folder of the model, from the repository's
    #[arg(long, default_value = "models/tiny")]
    model: PathBuf,
    /// Only these methods of tests/exam/methods.toml
    #[arg(long, num_args = 1.., value_name = "NAME")]
    method: Vec<String>,
    /// Also compare weight formats with the reference method: f32, f16, q8_0, q4_0
    #[arg(long, num_args = 1.., value_name = "DTYPE")]
    dtype: Vec<String>,
    /// Folder for EXAM.md and exam.svg; the model's without it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// One exam and what it came to.
pub struct Measured {
    /// The method's name, or the format's.
    pub name: String,
    /// Flags of `unmask eval`.
    pub flags: Vec<String>,
    /// What it came to.
    pub report: Report,
}

/// Builds the command line, asks the exam once a method and format, and writes the page and the
/// picture.
///
/// # Errors
/// When a method is unknown, the build or an exam fails, or the files cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let methods = Methods::read(&repository::path(EXAM).join("methods.toml"))?;
    let chosen = methods.chosen(&options.method)?;
    let reference = methods.reference();
    let unmask = build::command_line()?;
    let mut measured = Vec::new();
    for method in &chosen {
        measured.push(measure(&unmask, options, method, &methods.tasks, None)?);
    }
    let mut sections = Vec::new();
    for section in methods.sections(&options.method) {
        let rows = section.method.iter();
        let options = Options {
            items: section.items.unwrap_or(u32::MAX).min(options.items),
            ..options.clone()
        };
        let rows = rows.map(|method| measure(&unmask, &options, method, &section.tasks, None));
        sections.push((section.clone(), rows.collect::<Result<Vec<_>>>()?));
    }
    let mut formats = Vec::new();
    for dtype in &options.dtype {
        formats.push(measure(
            &unmask,
            options,
            reference,
            &methods.tasks,
            Some(dtype),
        )?);
    }
    let folder = repository::root().join(options.out.as_ref().unwrap_or(&options.model));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    write(&folder.join("exam.svg"), &chart::draw(&measured)?)?;
    let page = page::Page {
        methods: &methods,
        measured: &measured,
        sections: &sections,
        formats: &formats,
        items: options.items,
    };
    write(&folder.join("EXAM.md"), &page.to_string())
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    println!("wrote {}", file.display());
    Ok(())
}

fn measure(
    unmask: &Path,
    options: &Options,
    method: &Method,
    tasks: &[String],
    dtype: Option<&str>,
) -> Result<Measured> {
    println!("\n== {}", dtype.unwrap_or(&method.name));
    let mut eval = command::new(unmask);
    eval.args(["eval", "--json", "--items"]);
    eval.arg(options.items.to_string());
    eval.arg("--model");
    match &method.model {
        Some(model) => eval.arg(model),
        None => eval.arg(&options.model),
    };
    eval.args(&method.flags).arg("--exam");
    match tasks {
        [] => eval.arg(EXAM),
        tasks => eval.args(tasks.iter().map(|task| format!("{EXAM}/{task}.jsonl"))),
    };
    if let Some(dtype) = dtype {
        eval.args(["--dtype", dtype]);
    }
    let json = command::capture(&mut eval)?;
    let report: Report = serde_json::from_str(&json).context("`unmask eval` printed no report")?;
    if !report.is_complete {
        bail!("the exam was interrupted; nothing was written");
    }
    Ok(Measured {
        name: dtype.unwrap_or(&method.name).to_owned(),
        flags: method.flags.clone(),
        report,
    })
}

#[cfg(test)]
mod tests {
    use unmask_exam::{Outcome, Report, Tally};

    use super::methods::{Methods, Section};
    use super::{Measured, chart, page::Page};

    fn measured(name: &str, is_right: bool) -> Measured {
        let mut tally = Tally::default();
        tally.add(&Outcome {
            is_right,
            forwards: 4,
            committed: 10,
            rows: 80,
            seconds: 0.5,
            quality: None,
        });
        Measured {
            name: name.into(),
            flags: vec!["--block".into(), "8".into()],
            report: Report {
                model: "models/tiny".into(),
                dtype: "q8_0".into(),
                device: "cpu".into(),
                options: serde_json::Map::new(),
                is_complete: true,
                tasks: vec![tally.row("sums", Some(16))],
                total: tally.row("total", None),
            },
        }
    }

    #[test]
    fn the_page_tells_methods_tasks_and_formats() {
        let methods = "reference = \"a\"\ndefault = \"a\"\nmethod = [{ name = \"a\", flags = [] }]";
        let section = Section {
            title: "Lengths".into(),
            about: "Short ones.".into(),
            tasks: vec!["sums".into()],
            items: Some(3),
            method: Vec::new(),
        };
        let page = Page {
            methods: &Methods::parse(methods).unwrap(),
            measured: &[measured("a", true), measured("b", false)],
            sections: &[(section, vec![measured("short", true)])],
            formats: &[measured("q4_0", true)],
            items: 1,
        };
        let page = page.to_string();
        for line in [
            "| a (reference) | 100.0 % | 2.50 | 4 | 80 | 0.5 |",
            "| b | 0.0 % | 2.50 | 4 | 80 | 0.5 |",
            "| b | `--block 8` |",
            "| sums | 16 | 100.0 % | 2.50 |",
            "| q4_0 | 100.0 % | 2.50 | 4 | 80 | 0.5 |",
            "## Lengths",
            "Tasks: sums. 1 items each.",
            "| short | 100.0 % | 2.50 | 4 | 80 | 0.5 |",
            "| short | `models/tiny` | `--block 8` |",
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "no {line} in\n{page}"
            );
        }
        assert!(!page.contains("names kept"), "there was no story");
    }

    #[test]
    fn the_picture_names_every_method() {
        let svg = chart::draw(&[measured("a-slow", true), measured("b-fast", false)]).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("a-slow") && svg.contains("b-fast"), "{svg}");
        chart::draw(&[]).unwrap();
    }
}
