//! `--drafter`: a second model whose guesses the first one checks.

use unmask_engine::session::{DRAFT_LENGTH, Generation, LoadedModel};
use unmask_engine::{GenerateRequest, Result};

use crate::arguments::{DraftArguments, ModelArguments};
use crate::load;

/// A model that drafts, or none.
pub struct Drafter {
    model: Option<LoadedModel>,
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
        Ok(Self { model })
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
            Some(model) => generation.draft(verifier, model).await,
            None => Ok(()),
        }
    }
}

/// `request` with drafts, where the flags name who makes them.
pub fn trying_drafts(request: GenerateRequest, draft: &DraftArguments) -> GenerateRequest {
    let length = draft.draft_length.unwrap_or(DRAFT_LENGTH);
    GenerateRequest {
        draft: draft.drafter.is_some().then_some(length),
        ..request
    }
}
