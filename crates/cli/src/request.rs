//! Flags to the engine's request.

use unmask_engine::text::ChatMessage;
use unmask_engine::{ConventionChoice, GenerateRequest, Result, VoteRequest};

use crate::arguments::{ConventionName, DecodingArguments, GenerateArguments};
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
        preset: arguments.preset,
        select: arguments.select.clone(),
        revise: arguments.revise.clone(),
        structure: arguments.structure.clone(),
        cache: arguments.cache.clone(),
        exit: arguments.exit.clone(),
        threshold: arguments.threshold,
        steps: arguments.steps,
        convention: match arguments.convention {
            ConventionName::Auto => ConventionChoice::Auto,
            ConventionName::Llada => ConventionChoice::Llada,
            ConventionName::Dream => ConventionChoice::Dream,
        },
        temperature: arguments.temperature,
        seed: arguments.seed,
        top_k: arguments.top_k,
        top_p: arguments.top_p,
        ban: arguments.ban.clone(),
        repetition_penalty: arguments.repetition_penalty,
        cfg_scale: arguments.cfg_scale,
        eos_last: arguments.eos_last,
        unroll: arguments.unroll,
        best_of: arguments.best_of,
        vote: vote(arguments),
        ..GenerateRequest::default()
    }
}

fn vote(arguments: &DecodingArguments) -> Option<VoteRequest> {
    let is_asked = !arguments.vote.is_empty() || arguments.vote_seeds.is_some();
    is_asked.then(|| VoteRequest {
        blocks: arguments.vote.clone(),
        seeds: arguments.vote_seeds,
    })
}
