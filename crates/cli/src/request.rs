//! Flags to the engine's request.

use unmask_engine::text::ChatMessage;
use unmask_engine::{ConventionChoice, GenerateRequest, Result};

use crate::arguments::{ConventionName, GenerateArguments};
use crate::canvas_file;

/// The request that the flags describe.
///
/// # Errors
/// When the canvas file cannot be read.
pub fn of(arguments: &GenerateArguments) -> Result<GenerateRequest> {
    let input = &arguments.input;
    let decoding = &arguments.decoding;
    let canvas = input.canvas.as_deref().map(canvas_file::read).transpose()?;
    Ok(GenerateRequest {
        prompt: input.prompt.clone(),
        chat: input
            .chat
            .as_ref()
            .map(|text| vec![ChatMessage::user(text)]),
        canvas,
        length: decoding.length,
        block: decoding.block,
        select: decoding.select.clone(),
        revise: decoding.revise.clone(),
        structure: decoding.structure.clone(),
        exit: decoding.exit.clone(),
        threshold: decoding.threshold,
        steps: decoding.steps,
        convention: match decoding.convention {
            ConventionName::Auto => ConventionChoice::Auto,
            ConventionName::Llada => ConventionChoice::Llada,
            ConventionName::Dream => ConventionChoice::Dream,
        },
        temperature: decoding.temperature,
        seed: decoding.seed,
        top_k: decoding.top_k,
        top_p: decoding.top_p,
        ban: decoding.ban.clone(),
        repetition_penalty: decoding.repetition_penalty,
        cfg_scale: decoding.cfg_scale,
        eos_last: decoding.eos_last,
        ..GenerateRequest::default()
    })
}
