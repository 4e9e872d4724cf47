//! Flags to the engine's request.

use unmask_engine::text::ChatMessage;
use unmask_engine::{ConventionChoice, GenerateRequest, Result, SelectChoice};

use crate::arguments::{ConventionName, DecodingArguments, GenerateArguments, SelectName};
use crate::canvas_file;

/// The request that the flags describe.
///
/// # Errors
/// When the canvas file cannot be read.
pub fn of(arguments: &GenerateArguments) -> Result<GenerateRequest> {
    let input = &arguments.input;
    let canvas = input.canvas.as_deref().map(canvas_file::read).transpose()?;
    Ok(GenerateRequest {
        prompt: input.prompt.clone(),
        chat: input
            .chat
            .as_ref()
            .map(|text| vec![ChatMessage::user(text)]),
        canvas,
        ..decoding(&arguments.decoding)
    })
}

/// A request that says how to decode, and not yet what.
pub fn decoding(arguments: &DecodingArguments) -> GenerateRequest {
    GenerateRequest {
        length: arguments.length,
        block: arguments.block,
        select: select(arguments),
        threshold: arguments.threshold,
        steps: arguments.steps,
        convention: match arguments.convention {
            ConventionName::Auto => ConventionChoice::Auto,
            ConventionName::Llada => ConventionChoice::Llada,
            ConventionName::Dream => ConventionChoice::Dream,
        },
        temperature: arguments.temperature,
        seed: arguments.seed,
        ..GenerateRequest::default()
    }
}

/// The policy by name, else the one that the other flags belong to.
fn select(arguments: &DecodingArguments) -> SelectChoice {
    match (arguments.select, arguments.threshold, arguments.steps) {
        (Some(SelectName::Even), ..) | (None, None, Some(_)) => SelectChoice::Even,
        (Some(SelectName::Threshold), ..) | (None, Some(_), _) => SelectChoice::Threshold,
        (None, None, None) => SelectChoice::default(),
    }
}
