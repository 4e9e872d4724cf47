//! `unmask-fuzz`: spoils files for the engine's parsers; `cargo xtask fuzz` runs it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use unmask_fuzz::targets::TARGETS;
use unmask_fuzz::{Finding, corpus, run};

/// Spoils files that strangers may write, and watches what the engine makes of them.
#[derive(Debug, Parser)]
struct Arguments {
    /// Files to parse, shared evenly among the targets.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    executions: u64,
    /// Repeats a run.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Only this target: safetensors, index, gguf_part, gguf, config, tokenizer, tokenizer_config or torch.
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Adds the files that brought a new answer to the committed ones.
    #[arg(long)]
    keep: bool,
    /// Where to write a file that something is wrong with.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_asked = |name: &str| {
        arguments
            .target
            .as_deref()
            .is_none_or(|asked| asked == name)
    };
    let targets: Vec<_> = TARGETS.iter().filter(|t| is_asked(t.name)).collect();
    if targets.is_empty() {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!(
            "there is no such target; choose one of {}",
            names.join(", ")
        );
        return ExitCode::FAILURE;
    }
    // A panic is reported with its file; where it happened is printed by the usual hook.
    let mut code = ExitCode::SUCCESS;
    for target in &targets {
        let share = arguments.executions / targets.len() as u64;
        let begin = std::time::Instant::now();
        let report = run(target, share, arguments.seed);
        println!(
            "{}: {} files, {} accepted, {} different answers, {:.0} a second",
            target.name,
            report.executions,
            report.accepted,
            report.answers,
            report.executions as f64 / begin.elapsed().as_secs_f64()
        );
        if arguments.keep {
            match corpus::keep(target.name, &report.kept) {
                Ok(kept) => println!("{}: {kept} files kept", target.name),
                Err(error) => println!("{}: cannot keep files: {error}", target.name),
            }
        }
        if let Some(finding) = &report.finding {
            code = ExitCode::FAILURE;
            tell(target.name, finding, &arguments.out);
        }
    }
    code
}

fn tell(target: &str, finding: &Finding, out: &std::path::Path) {
    let path = out.join(format!("{target}-finding"));
    match std::fs::write(&path, &finding.input) {
        Ok(()) => println!("{target}: {}; the file is {}", finding.what, path.display()),
        Err(error) => println!("{target}: {}; cannot write the file: {error}", finding.what),
    }
}
