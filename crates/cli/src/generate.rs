//! `unmask generate`: fill a canvas.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use unmask_engine::session::{LoadedModel, Run};

use crate::arguments::GenerateArguments;
use crate::interrupt::{self, Interrupt};
use crate::json_lines::{self, FrameLine, ResultLine};
use crate::output::Outcome;
use crate::watch::Watch;
use crate::{load, request};

/// Loads, denoises, prints. An interrupted run prints what there is.
///
/// # Errors
/// The engine's, and those of stdout.
pub async fn run(arguments: &GenerateArguments) -> Outcome<ExitCode> {
    let request = request::of(arguments)?;
    let interrupt = Interrupt::listen()?;
    let mut model = load::model(&arguments.model).await?;
    let mut run = model.start(&request)?;
    interrupt.run_begins();
    let mut watch = match arguments.watch {
        true => Watch::begin(
            arguments.input.prompt.as_deref(),
            &run,
            model.info().mask_id,
        )?,
        false => None,
    };
    denoise(arguments, &interrupt, &mut model, &mut run, &mut watch).await?;
    print(arguments, &model, &run, watch)?;
    Ok(match interrupt.is_asked() {
        true => ExitCode::from(interrupt::STATUS),
        false => ExitCode::SUCCESS,
    })
}

/// Steps until the canvas is full or Ctrl-C.
async fn denoise(
    arguments: &GenerateArguments,
    interrupt: &Interrupt,
    model: &mut LoadedModel,
    run: &mut Run,
    watch: &mut Option<Watch>,
) -> Outcome<()> {
    while !interrupt.is_asked() {
        let Some(frame) = run.next(model).await? else {
            break;
        };
        if arguments.json {
            json_lines::write(&mut std::io::stdout(), &FrameLine { frame: &frame })?;
        }
        if let Some(watch) = watch {
            watch.show(&frame, run)?;
        }
    }
    Ok(())
}

/// The result on stdout, unless the animation's last frame already shows it there.
fn print(
    arguments: &GenerateArguments,
    model: &LoadedModel,
    run: &Run,
    watch: Option<Watch>,
) -> Outcome<()> {
    let result = run.result(model);
    let mut stdout = std::io::stdout();
    let stays = !arguments.json && stdout.is_terminal();
    let is_shown = watch.map(|watch| watch.end(stays)).transpose()?.is_some() && stays;
    if arguments.json {
        json_lines::write(&mut stdout, &ResultLine::of(&result))?;
    } else if !is_shown {
        writeln!(stdout, "{}", result.text)?;
    }
    Ok(())
}
