//! `unmask eval`: ask an exam's questions and judge the answers.

mod answers;
mod examiner;
mod story_judge;
mod table;

use std::process::ExitCode;

use unmask_engine::session::LoadedModel;
use unmask_engine::{Error, ErrorCode, GenerateRequest};
use unmask_exam::{ExamError, Report, Tally, Task};

use crate::arguments::{DecodingArguments, EvalArguments};
use crate::drafter::{Drafter, trying_drafts};
use crate::interrupt::{self, Interrupt};
use crate::output::Outcome;
use crate::{json_lines, load, request};

use answers::AnswersFile;
use examiner::Examiner;
use story_judge::StoryJudge;

/// Loads, asks, judges, prints. An interrupted exam reports what was judged.
///
/// # Errors
/// The engine's, those of the exam's files, and those of stdout.
pub async fn run(arguments: &EvalArguments) -> Outcome<ExitCode> {
    let limit = arguments.items.map(|items| items as usize);
    let tasks = unmask_exam::read(&arguments.exam, limit).map_err(|error| in_our_words(&error))?;
    let interrupt = Interrupt::listen()?;
    let mut model = load::model(&arguments.model).await?;
    check_prompts(arguments, &tasks, &mut model)?;
    let answers = arguments.answers.as_deref();
    let judge = match &arguments.judge {
        Some(folder) => Some(StoryJudge::load(folder, &arguments.model).await?),
        None => None,
    };
    let mut examiner = Examiner {
        answers: answers.map(AnswersFile::create).transpose()?,
        interrupt: &interrupt,
        judge,
        drafter: Drafter::load(&arguments.draft, &arguments.model).await?,
        model,
        rows: Vec::new(),
        total: Tally::default(),
    };
    interrupt.run_begins();
    let is_complete = examiner.examine_all(arguments, &tasks).await?;
    print(arguments, &examiner.report(arguments, is_complete))?;
    Ok(match is_complete {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(interrupt::STATUS),
    })
}

fn print(arguments: &EvalArguments, report: &Report) -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    match arguments.json {
        true => json_lines::write(&mut stdout, report),
        false => table::write(&mut stdout, report),
    }
}

/// How a canvas of `length` is decoded, unless the flags name another length.
fn request_for(arguments: &EvalArguments, length: u32) -> GenerateRequest {
    let decoding = &arguments.decoding;
    let length = decoding.length.unwrap_or(length);
    let steps = arguments.pace.map(|pace| length.div_ceil(pace));
    let request = request::decoding(&DecodingArguments {
        length: Some(length),
        steps: steps.or(decoding.steps),
        ..decoding.clone()
    });
    trying_drafts(request, &arguments.draft)
}

/// An item that cannot be asked is said now, not after an hour.
fn check_prompts(
    arguments: &EvalArguments,
    tasks: &[Task],
    model: &mut LoadedModel,
) -> Result<(), Error> {
    for task in tasks {
        let request = request_for(arguments, task.length);
        for (index, item) in task.items.iter().enumerate() {
            let asked = examiner::ask(&request, &item.prompt);
            model.generate(&asked).map_err(|error| {
                let name = &task.name;
                Error::new(error.code, format!("{name}, item {}: {error}", index + 1))
            })?;
        }
    }
    Ok(())
}

fn in_our_words(error: &ExamError) -> Error {
    let code = match error {
        ExamError::Missing(_) => ErrorCode::MissingFile,
        ExamError::Bad(_) => ErrorCode::BadFile,
    };
    Error::new(code, error.to_string())
}
