//! Asks the items of an exam one after the other and keeps the score.

use serde_json::{Map, Value};
use unmask_engine::session::LoadedModel;
use unmask_engine::text::ChatMessage;
use unmask_engine::{GenerateRequest, Result};
use unmask_exam::{DEFAULT_LENGTH, Item, Outcome, Quality, Report, Row, Tally, Task, is_right};

use super::answers::{AnswerLine, AnswersFile};
use super::request_for;
use super::story_judge::StoryJudge;
use crate::arguments::EvalArguments;
use crate::drafter::Drafter;
use crate::interrupt::Interrupt;
use crate::{load, status_line};

/// A model under examination.
pub struct Examiner<'a> {
    pub model: LoadedModel,
    pub interrupt: &'a Interrupt,
    pub answers: Option<AnswersFile>,
    pub judge: Option<StoryJudge>,
    pub drafter: Drafter,
    pub rows: Vec<Row>,
    pub total: Tally,
}

/// The request with a prompt as a conversation of one turn.
pub fn ask(request: &GenerateRequest, prompt: &str) -> GenerateRequest {
    GenerateRequest {
        chat: Some(vec![ChatMessage::user(prompt)]),
        ..request.clone()
    }
}

impl Examiner<'_> {
    /// Asks the items of all tasks; false when Ctrl-C ended it.
    ///
    /// # Errors
    /// The engine's, and those of the answers file.
    pub async fn examine_all(&mut self, arguments: &EvalArguments, tasks: &[Task]) -> Result<bool> {
        for task in tasks {
            let request = request_for(arguments, task.length);
            if !self.examine(task, &request).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Asks the items of a task and adds its row; false when Ctrl-C ended it.
    async fn examine(&mut self, task: &Task, request: &GenerateRequest) -> Result<bool> {
        let mut tally = Tally::default();
        for item in &task.items {
            status_line::show(&progress(task, &tally));
            let Some((answer, outcome)) = self.answer(request, item).await? else {
                break;
            };
            tally.add(&outcome);
            self.total.add(&outcome);
            if let Some(answers) = &mut self.answers {
                answers.write(&AnswerLine {
                    task: &task.name,
                    prompt: &item.prompt,
                    answer: &answer,
                    expected: &item.answer,
                    right: outcome.is_right,
                })?;
            }
        }
        status_line::show("");
        let is_whole = tally.items() == task.items.len() as u64;
        if tally.items() > 0 {
            eprintln!("{}", progress(task, &tally));
            self.rows.push(tally.row(&task.name, request.length));
        }
        Ok(is_whole)
    }

    /// The answer to an item and what it took; `None` when Ctrl-C came first.
    async fn answer(
        &mut self,
        request: &GenerateRequest,
        item: &Item,
    ) -> Result<Option<(String, Outcome)>> {
        let mut generation = self.model.generate(&ask(request, &item.prompt))?;
        loop {
            // Half an answer says nothing about the model: it is not judged.
            if self.interrupt.is_asked() {
                return Ok(None);
            }
            self.drafter.draft(&mut generation, &self.model).await?;
            if generation.next(&mut self.model).await?.is_none() {
                break;
            }
        }
        let result = generation.result(&self.model);
        let answer = result.text.trim();
        let mut quality = Quality::of(answer, item);
        if let (Some(quality), Some(judge)) = (&mut quality, &mut self.judge) {
            quality.likelihood = judge.likelihood(&item.prompt, answer).await?;
        }
        let outcome = Outcome {
            is_right: is_right(answer, item),
            forwards: result.forwards.into(),
            committed: result.committed.into(),
            rows: generation.rows(),
            seconds: result.seconds,
            quality,
        };
        Ok(Some((answer.to_owned(), outcome)))
    }

    /// What was judged so far.
    pub fn report(self, arguments: &EvalArguments, is_complete: bool) -> Report {
        let info = self.model.info();
        Report {
            model: arguments.model.model.display().to_string(),
            dtype: info.dtype.to_owned(),
            device: load::device(info),
            options: options(arguments),
            is_complete,
            tasks: self.rows,
            total: self.total.row("total", None),
        }
    }
}

/// `story: 12 of 40 items, 75.0 % right`
fn progress(task: &Task, tally: &Tally) -> String {
    format!(
        "{}: {} of {} items, {:.1} % right",
        task.name,
        tally.items(),
        task.items.len(),
        tally.row("", None).percent
    )
}

/// What all requests have in common and no request has by default, as a request spells it.
/// Lengths and the steps of a pace differ by task.
fn options(arguments: &EvalArguments) -> Map<String, Value> {
    let members = |request| {
        let value = serde_json::to_value(request).unwrap_or_default();
        value.as_object().cloned().unwrap_or_default()
    };
    let default = members(GenerateRequest::default());
    let mut options = members(request_for(arguments, DEFAULT_LENGTH));
    options.retain(|name, value| default.get(name) != Some(value));
    if arguments.decoding.length.is_none() {
        options.remove("length");
    }
    if let Some(pace) = arguments.pace {
        options.remove("steps");
        options.insert("pace".into(), pace.into());
    }
    options
}
