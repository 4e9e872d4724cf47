//! `unmask generate`: fill a canvas.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use unmask_engine::session::{Generation, LoadedModel, PathResult};

use crate::arguments::GenerateArguments;
use crate::drafter::{Drafter, trying_drafts};
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
    let mut drafter = Drafter::load(&arguments.draft, &arguments.model).await?;
    let request = trying_drafts(request, &arguments.draft);
    let mut generation = model.generate(&request)?;
    interrupt.run_begins();
    let mut watch = match arguments.watch {
        true => Watch::begin(
            arguments.input.prompt.as_deref(),
            generation.run(),
            model.info().mask_id,
        )?,
        false => None,
    };
    let mut models = (&mut model, &mut drafter);
    let (running, shown) = (&mut generation, &mut watch);
    denoise(arguments, &interrupt, &mut models, running, shown).await?;
    print(arguments, &model, &generation, watch)?;
    Ok(match interrupt.is_asked() {
        true => ExitCode::from(interrupt::STATUS),
        false => ExitCode::SUCCESS,
    })
}

/// Steps until the answer is there or Ctrl-C.
async fn denoise(
    arguments: &GenerateArguments,
    interrupt: &Interrupt,
    (model, drafter): &mut (&mut LoadedModel, &mut Drafter),
    generation: &mut Generation,
    watch: &mut Option<Watch>,
) -> Outcome<()> {
    while !interrupt.is_asked() {
        drafter.draft(generation, model).await?;
        let Some(frame) = generation.next(model).await? else {
            break;
        };
        if arguments.json {
            json_lines::write(&mut std::io::stdout(), &FrameLine { frame: &frame })?;
        }
        if let Some(watch) = watch {
            watch.show(&frame, generation.run())?;
        }
    }
    Ok(())
}

/// The result on stdout, unless the animation's last frame already shows it there.
fn print(
    arguments: &GenerateArguments,
    model: &LoadedModel,
    generation: &Generation,
    watch: Option<Watch>,
) -> Outcome<()> {
    let result = generation.result(model);
    let mut stdout = std::io::stdout();
    // The last of several canvases need not be the one that is kept.
    let stays = !arguments.json && stdout.is_terminal() && result.paths.is_empty();
    let is_shown = watch.map(|watch| watch.end(stays)).transpose()?.is_some() && stays;
    for path in &result.paths {
        eprintln!("{}", line_of(path));
    }
    if arguments.json {
        json_lines::write(&mut stdout, &ResultLine::of(&result))?;
    } else if !is_shown {
        writeln!(stdout, "{}", result.text)?;
    }
    Ok(())
}

/// `* block 8, seed 0, 2 votes: 19`, where the star marks the answer that is kept.
fn line_of(path: &PathResult) -> String {
    let mark = if path.kept { '*' } else { ' ' };
    let block = path.path.block.map(|block| format!("block {block}, "));
    let votes = match path.votes {
        Some(1) => ", 1 vote".to_owned(),
        Some(votes) => format!(", {votes} votes"),
        None => String::new(),
    };
    let score = (path.score).map(|score| format!(", {:.3} nats a token", score.per_token));
    let text = path.text.trim().replace('\n', " ");
    format!(
        "{mark} {}seed {}{votes}{}: {text}",
        block.unwrap_or_default(),
        path.path.seed,
        score.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use unmask_engine::drivers::{Path, Score};

    use super::*;

    #[test]
    fn a_path_is_told_in_a_line() {
        let vote = PathResult {
            path: Path {
                block: Some(8),
                seed: 1,
            },
            text: " two\nlines ".to_owned(),
            forwards: 4,
            votes: Some(1),
            score: None,
            kept: false,
        };
        assert_eq!(line_of(&vote), "  block 8, seed 1, 1 vote: two lines");
        let best = PathResult {
            path: Path {
                block: None,
                seed: 0,
            },
            votes: None,
            score: Some(Score {
                log_likelihood: -3.0,
                standard_error: None,
                per_token: -1.5,
                tokens: 2,
                samples: 12,
            }),
            kept: true,
            ..vote
        };
        assert_eq!(line_of(&best), "* seed 0, -1.500 nats a token: two lines");
    }
}
