//! `--drafter`: a second model whose guesses the first one checks.

use unmask_engine::session::{DRAFT_LENGTH, Generation, LoadedModel};
use unmask_engine::{Choice, GenerateRequest, Result, Value};

use crate::arguments::{DraftArguments, ModelArguments};
use crate::load;

/// A model that drafts, or none.
pub struct Drafter {
    model: Option<LoadedModel>,
    length: u32,
}

impl Drafter {
    /// The model that the flags name, on the device and in the format of the first one.
    ///
    /// # Errors
    /// The engine's.
    pub async fn load(draft: &DraftArguments, first: &ModelArguments) -> Result<Self> {
        let model = match &draft.drafter {
            Some(folder) => Some(load::model(&first.of_model(folder)).await?),
            None => None,
        };
        let length = length(draft);
        Ok(Self { model, length })
    }

    /// Drafts the next tokens of `generation`, which `verifier` makes.
    ///
    /// # Errors
    /// The engine's.
    pub async fn draft(
        &mut self,
        generation: &mut Generation,
        verifier: &LoadedModel,
    ) -> Result<()> {
        match &mut self.model {
            Some(model) => generation.draft(verifier, model, self.length).await,
            None => Ok(()),
        }
    }
}

fn length(draft: &DraftArguments) -> u32 {
    draft.draft_length.unwrap_or(DRAFT_LENGTH)
}

/// `request` with a method that tries drafts, where there are some and no method was named.
pub fn trying_drafts(request: GenerateRequest, draft: &DraftArguments) -> GenerateRequest {
    if draft.drafter.is_none() || request.select.is_some() {
        return request;
    }
    let mut jacobi = Choice::new("jacobi");
    let ahead = Value::Number(f64::from(length(draft)));
    jacobi.values.insert("ahead".to_owned(), ahead);
    GenerateRequest {
        select: Some(jacobi),
        ..request
    }
}
