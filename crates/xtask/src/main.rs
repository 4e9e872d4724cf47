//! Every chore of the repository, as `cargo xtask <chore>`; without a chore it prints the list.

mod bench;
mod build;
mod check;
mod command;
mod demo;
mod exam;
mod fuzz;
mod golden;
mod repository;
mod serve;
mod setup;
mod stages;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Chores of the Unmask repository"
)]
struct Cli {
    #[command(subcommand)]
    chore: Option<Chore>,
}

#[derive(Subcommand)]
enum Chore {
    /// Build everything and serve the demo on the embedded model
    Demo {
        /// Port on 127.0.0.1; without it 8000, or any free one
        #[arg(long)]
        port: Option<u16>,
        /// Do not open a browser
        #[arg(long)]
        no_open: bool,
    },
    /// Run every test: native, wasm and browsers, or only one group
    Test {
        /// Only this group
        group: Option<test::Group>,
    },
    /// Quick loop: format, clippy, unit tests, shader validation, types, size gate
    Check,
    /// Build the wasm module, the npm package and the site
    Build {
        /// Fast and larger: no link-time optimisation, no wasm-opt, no size gate
        #[arg(long)]
        dev: bool,
    },
    /// Install what is missing: wasm target, npm dependencies, browsers and Vulkan drivers
    Setup,
    /// Serve a folder on 127.0.0.1 with byte ranges
    Serve {
        /// Folder to serve
        dir: PathBuf,
        /// Port; without it 8000, or any free one
        #[arg(long)]
        port: Option<u16>,
    },
    /// List the scripts that make the golden data, or run them and show what changed
    Golden {
        /// Run the scripts (needs a Python with torch; name it in PYTHON)
        #[arg(long)]
        update: bool,
    },
    /// Spoil files for the engine's parsers and watch what they do
    Fuzz {
        /// Files to parse
        #[arg(long, default_value_t = 1_000_000)]
        executions: u64,
        /// Repeats a run
        #[arg(long, default_value_t = 0)]
        seed: u64,
    },
    /// Ask the exam by every method of tests/exam/methods.toml; writes EXAM.md and exam.svg
    Exam(exam::Options),
    /// Measure speed; writes docs/bench
    Bench {
        #[command(subcommand)]
        bench: bench::Bench,
    },
}

fn main() -> ExitCode {
    let Some(chore) = Cli::parse().chore else {
        let printed = Cli::command().print_help();
        return ExitCode::from(u8::from(printed.is_err()));
    };
    match run(chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<()> {
    match chore {
        Chore::Demo { port, no_open } => demo::run(port, !no_open),
        Chore::Test { group } => test::run(group),
        Chore::Check => check::run(),
        Chore::Build { dev } => {
            setup::wasm_target()?;
            setup::npm()?;
            build::all(if dev {
                build::Mode::Dev
            } else {
                build::Mode::Release
            })
        }
        Chore::Setup => setup::all(),
        Chore::Serve { dir, port } => serve::forever(&dir, serve::bind(port)?),
        Chore::Golden { update } => golden::run(update),
        Chore::Fuzz { executions, seed } => fuzz::run(executions, seed),
        Chore::Exam(options) => exam::run(&options),
        Chore::Bench { bench } => bench::run(&bench),
    }
}
