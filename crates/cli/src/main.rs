//! `unmask`: diffusion language models on the command line.
//!
//! Results go to stdout, everything else to stderr. Failures have status 1 (bad flags 2) and a
//! message that names the remedy; an interrupted run prints what there is and has status 130.

mod arguments;
mod bench;
mod canvas_file;
mod convert;
mod drafter;
mod eval;
mod generate;
mod inspect;
mod interrupt;
mod json_lines;
mod load;
mod logits;
mod methods;
mod model_files;
mod npy;
mod output;
mod request;
mod score;
mod status_line;
mod tokenize;
mod units;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use output::Failure;

fn main() -> ExitCode {
    let outcome = pollster::block_on(async {
        match Arguments::parse().command {
            Command::Generate(arguments) => generate::run(&arguments).await,
            Command::Eval(arguments) => eval::run(&arguments).await,
            Command::Score(arguments) => score::run(&arguments).await,
            Command::Logits(arguments) => logits::run(&arguments).await,
            Command::Tokenize(arguments) => tokenize::run(&arguments).await,
            Command::Methods(arguments) => methods::run(&arguments),
            Command::Bench(arguments) => bench::run(&arguments).await,
            Command::Convert(arguments) => convert::run(&arguments).await,
            Command::Inspect(arguments) => inspect::run(&arguments).await,
        }
    });
    match outcome {
        Ok(code) => code,
        // `unmask ... | head` closes the pipe when it has seen enough.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
