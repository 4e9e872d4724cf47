//! Flags to the engine's request.

use unmask_engine::Result;
use unmask_engine::session::GenerateRequest;
use unmask_engine::text::ChatMessage;

use crate::arguments::{ConventionName, GenerateArguments, SelectName};
use crate::canvas_file;

/// The request that the flags describe.
///
/// # Errors
/// When the canvas file cannot be read.
pub fn of(arguments: &GenerateArguments) -> Result<GenerateRequest> {
    let input = &arguments.input;
    let canvas = input.canvas.as_deref().map(canvas_file::read).transpose()?;
    let implied = match arguments.threshold {
        Some(_) => SelectName::Threshold,
        None => SelectName::Even,
    };
    Ok(GenerateRequest {
        prompt: input.prompt.clone(),
        chat: input
            .chat
            .as_ref()
            .map(|text| vec![ChatMessage::user(text)]),
        canvas,
        length: Some(arguments.length),
        block: arguments.block,
        select: Some(match arguments.select.unwrap_or(implied) {
            SelectName::Even => "even".into(),
            SelectName::Threshold => "threshold".into(),
        }),
        threshold: arguments.threshold,
        steps: arguments.steps,
        convention: Some(match arguments.convention {
            ConventionName::Auto => "auto".into(),
            ConventionName::Llada => "llada".into(),
            ConventionName::Dream => "dream".into(),
        }),
        temperature: arguments.temperature,
        seed: arguments.seed.into(),
    })
}
