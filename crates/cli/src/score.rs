//! `unmask score`: how likely a model holds a text to be.

use std::io::Write;
use std::process::ExitCode;

use unmask_engine::GenerateRequest;
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
    let request = GenerateRequest {
        prompt: arguments.prompt.clone(),
        chat: (arguments.chat.as_ref()).map(|text| vec![ChatMessage::user(text)]),
        seed: arguments.seed,
        ..GenerateRequest::default()
    };
    let estimator = match arguments.estimator {
        EstimatorName::MonteCarlo => Estimator::MonteCarlo,
        EstimatorName::SemiDeterministic => Estimator::SemiDeterministic,
    };
    let interrupt = Interrupt::listen()?;
    let mut model = load::model(&arguments.model).await?;
    let mut scorer = model.score(&request, &arguments.text, estimator, arguments.samples)?;
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
