//! `unmask score`: how likely a model holds a text to be.

use std::io::Write;
use std::process::ExitCode;

use unmask_engine::ScoreRequest;
use unmask_engine::drivers::{Estimator, Score};
use unmask_engine::text::ChatMessage;

use crate::arguments::{EstimatorName, ScoreArguments};
use crate::interrupt::{self, Interrupt};
use crate::output::Outcome;
use crate::{json_lines, load};

/// Loads, scores, prints. An interrupted run prints the estimate so far.
///
/// # Errors
/// The engine's, and those of stdout.
pub async fn run(arguments: &ScoreArguments) -> Outcome<ExitCode> {
    let request = ScoreRequest {
        prompt: arguments.prompt.clone(),
        chat: (arguments.chat.as_ref()).map(|text| vec![ChatMessage::user(text)]),
        text: arguments.text.clone(),
        estimator: arguments.estimator.map(estimator),
        samples: arguments.samples,
        seed: arguments.seed,
    };
    let interrupt = Interrupt::listen()?;
    let mut model = load::model(&arguments.model).await?;
    let mut scorer = model.score(&request)?;
    interrupt.run_begins();
    let mut score = None;
    while !interrupt.is_asked() {
        let Some(so_far) = scorer.next(&mut model).await? else {
            break;
        };
        score = Some(so_far);
    }
    if let Some(score) = score {
        print(arguments, &score)?;
    }
    Ok(match interrupt.is_asked() {
        true => ExitCode::from(interrupt::STATUS),
        false => ExitCode::SUCCESS,
    })
}

fn estimator(name: EstimatorName) -> Estimator {
    match name {
        EstimatorName::Exact => Estimator::Exact,
        EstimatorName::MonteCarlo => Estimator::MonteCarlo,
        EstimatorName::SemiDeterministic => Estimator::SemiDeterministic,
    }
}

fn print(arguments: &ScoreArguments, score: &Score) -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    if arguments.json {
        return json_lines::write(&mut stdout, score);
    }
    let error = match score.standard_error {
        Some(error) => format!(" ± {error:.4}"),
        None => String::new(),
    };
    writeln!(
        stdout,
        "{:.4}{error} nats, {:.4} a token ({} tokens, {} samples)",
        score.log_likelihood, score.per_token, score.tokens, score.samples
    )
}
