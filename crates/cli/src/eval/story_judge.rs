//! `--judge`: how likely another model holds a story to be.

use std::path::Path;

use unmask_engine::session::LoadedModel;
use unmask_engine::text::ChatMessage;
use unmask_engine::{Result, ScoreRequest};

use crate::arguments::ModelArguments;
use crate::load;

/// A model that reads what another one wrote.
pub struct StoryJudge(LoadedModel);

impl StoryJudge {
    /// The model in `folder`, on the device and in the format of the one under examination.
    ///
    /// # Errors
    /// The engine's.
    pub async fn load(folder: &Path, examined: &ModelArguments) -> Result<Self> {
        Ok(Self(load::model(&examined.of_model(folder)).await?))
    }

    /// Nats a token of the likelihood of `story` behind its request; `None` for an empty story.
    ///
    /// # Errors
    /// The engine's.
    pub async fn likelihood(&mut self, request: &str, story: &str) -> Result<Option<f64>> {
        if story.is_empty() {
            return Ok(None);
        }
        let mut scorer = self.0.score(&ScoreRequest {
            prompt: None,
            chat: Some(vec![ChatMessage::user(request)]),
            text: story.to_owned(),
            estimator: None,
            samples: None,
            seed: 0,
        })?;
        let mut score = None;
        while let Some(so_far) = scorer.next(&mut self.0).await? {
            score = Some(so_far);
        }
        Ok(score.map(|score| score.per_token))
    }
}
