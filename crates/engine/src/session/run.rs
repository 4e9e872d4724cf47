//! One generation: steps, what they changed, and the result.

use std::rc::Rc;

use serde::Serialize;

use super::{LoadedModel, PathResult};
use crate::clock::Clock;
use crate::decode::{Canvas, Commit, Driver, Frame, Row, Splice};
use crate::error::Result;

/// A token written to a position of the canvas.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TokenCommit {
    /// Position in the canvas: 0 is the first after the prompt.
    pub position: u32,
    /// The token.
    pub id: u32,
    /// Its probability under the run's convention.
    pub confidence: f32,
    /// What the token spells by itself.
    pub text: String,
}

/// What the network said of a position before a step changed anything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TokenRecord {
    /// Position in the canvas, before the step.
    pub position: u32,
    /// The likeliest token.
    pub id: u32,
    /// Its probability, 0..=1.
    pub confidence: f32,
    /// Entropy of the distribution, nats.
    pub entropy: f32,
    /// What the token spells by itself.
    pub text: String,
}

/// What a position of the canvas shows from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenText {
    /// Position in the canvas.
    pub position: u32,
    /// Its text; empty for a mask, a special, or the later part of a character.
    pub text: String,
}

/// One step of a run, in the canvas's own positions.
///
/// Where the canvas changes its length, `committed` and `revised` have the positions of before,
/// `filled` and `texts` have those of after `spliced`: apply them in the order of the fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepFrame {
    /// Number of the step, counted from 0.
    pub step: u32,
    /// Number of the open block, counted from 0.
    pub block: u32,
    /// Forwards so far.
    pub forwards: u32,
    /// Rows of the network that this step forwarded.
    pub rows: u32,
    /// Open positions that remain.
    pub masks_left: u32,
    /// Proposals that were accepted.
    pub committed: Vec<TokenCommit>,
    /// Earlier commits that were overwritten, or opened again where the id is MASK.
    pub revised: Vec<TokenCommit>,
    /// Changes of the canvas's length, each counting on the ones before it.
    pub spliced: Vec<Splice>,
    /// Padding written behind the end of the text.
    pub filled: Vec<TokenCommit>,
    /// Positions whose displayed text changed.
    pub texts: Vec<TokenText>,
    /// Every record of the step, where the request asks for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<TokenRecord>,
    /// Seconds since the run's first step.
    pub seconds: f64,
    /// Number of the path, counted from 0, where a generation takes several. With each new number
    /// the canvas is again the one that the request describes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<u32>,
}

impl StepFrame {
    /// A step that left a full canvas as it was.
    pub(super) fn unchanged(step: u32, block: u32) -> Self {
        Self {
            step,
            block,
            forwards: 0,
            masks_left: 0,
            rows: 0,
            committed: Vec::new(),
            revised: Vec::new(),
            spliced: Vec::new(),
            filled: Vec::new(),
            texts: Vec::new(),
            records: Vec::new(),
            seconds: 0.0,
            path: None,
        }
    }
}

/// What a run produced.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GenerationResult {
    /// The canvas as text, up to the end of the text.
    pub text: String,
    /// The canvas as tokens, MASK where it is still open.
    pub ids: Vec<u32>,
    /// What each position shows.
    pub pieces: Vec<String>,
    /// Forwards made.
    pub forwards: u32,
    /// Tokens the network proposed and the run accepted, less those it opened again.
    pub committed: u32,
    /// Seconds of all steps.
    pub seconds: f64,
    /// `"gpu"`, `"cpu"` or `"reference"`, with the adapter's name.
    pub device: String,
    /// Resident format of the weights.
    pub dtype: &'static str,
    /// What came of each path, where a generation took several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathResult>,
}

/// A generation in progress.
pub struct Run {
    /// Tells it from other runs of the model.
    number: u64,
    driver: Driver,
    /// `[rows, hidden]`: embeddings of the first positions, which have no tokens
    prefix: Rc<[f32]>,
    pieces: Vec<String>,
    /// Whether frames tell every record.
    tells_records: bool,
    committed: u32,
    rows: u64,
    seconds: f64,
}

impl Run {
    pub(super) fn new(number: u64, driver: Driver, prefix: Rc<[f32]>, model: &LoadedModel) -> Self {
        let pieces = pieces(driver.canvas(), model);
        Self {
            number,
            driver,
            prefix,
            pieces,
            tells_records: false,
            committed: 0,
            rows: 0,
            seconds: 0.0,
        }
    }

    /// The same run, with every record in its frames.
    pub(super) fn telling_records(self, tells_records: bool) -> Self {
        Self {
            tells_records,
            ..self
        }
    }

    /// One step; `None` once nothing is open. To cancel, stop calling.
    ///
    /// # Errors
    /// What the device reports; nothing has changed then and the step can be made again.
    pub async fn next(&mut self, model: &mut LoadedModel) -> Result<Option<StepFrame>> {
        model.turn_to(self.number, &self.prefix).await?;
        let clock = Clock::start();
        let frame = self.driver.step(model).await?;
        for splice in frame.iter().flat_map(|frame| &frame.spliced) {
            let inserted = splice.inserted.len() as u32;
            model.network.spliced(splice.at, splice.removed, inserted);
        }
        self.seconds += clock.seconds();
        self.rows += u64::from(frame.as_ref().map_or(0, |frame| frame.rows));
        Ok(frame.map(|frame| self.show(&frame, model)))
    }

    /// Tokens that another model drafted for the leftmost masks of the next step, which `select`
    /// `"jacobi"` tries; other methods pass them over.
    pub fn offer(&mut self, tokens: &[u32]) {
        self.driver.offer(tokens);
    }

    /// Rows of the network forwarded so far, those of the prompt included.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Tokens committed so far, less those that were opened again.
    #[must_use]
    pub fn committed(&self) -> u32 {
        self.committed
    }

    /// Forwards so far.
    #[must_use]
    pub fn forwards(&self) -> u32 {
        self.driver.forwards()
    }

    /// Whether the first positions have embeddings of their own in place of tokens.
    pub(super) fn has_prefix(&self) -> bool {
        !self.prefix.is_empty()
    }

    /// The prompt's tokens; those of a soft prefix are ids behind the vocabulary.
    #[must_use]
    pub fn prompt(&self) -> &[u32] {
        let canvas = self.driver.canvas();
        &canvas.ids()[..canvas.prompt_len() as usize]
    }

    /// Prompt and canvas up to the first mask.
    pub(super) fn written(&self) -> &[u32] {
        let canvas = self.driver.canvas();
        let first = canvas.masked_in(0..canvas.len()).next();
        &canvas.ids()[..first.unwrap_or(canvas.len()) as usize]
    }

    /// Positions of prompt and canvas together.
    pub(super) fn length(&self) -> usize {
        self.driver.canvas().len() as usize
    }

    /// What each position of the canvas shows now.
    #[must_use]
    pub fn pieces(&self) -> &[String] {
        &self.pieces
    }

    /// The canvas's tokens now, without the prompt.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        canvas_ids(self.driver.canvas())
    }

    /// What the run has produced so far.
    #[must_use]
    pub fn result(&self, model: &LoadedModel) -> GenerationResult {
        let ids = self.ids();
        let report = &model.info.device;
        let kind = format!("{:?}", report.kind).to_lowercase();
        GenerationResult {
            text: model.text.decode(self.answer(model)),
            ids: ids.to_vec(),
            pieces: self.pieces.clone(),
            forwards: self.driver.forwards(),
            committed: self.committed,
            seconds: self.seconds,
            device: match report.adapter.as_str() {
                "" => kind,
                adapter => format!("{kind} {adapter}"),
            },
            dtype: model.info.dtype,
            paths: Vec::new(),
        }
    }

    /// The canvas's tokens up to the end of the text.
    pub(super) fn answer(&self, model: &LoadedModel) -> &[u32] {
        let (ids, stops) = (self.ids(), &model.vocabulary.stop_ids);
        let end = ids.iter().position(|id| stops.contains(id));
        &ids[..end.unwrap_or(ids.len())]
    }

    /// What is opened again counts for nothing, so that writing a token twice is no speed.
    fn count(&mut self, frame: &Frame, mask_id: u32) {
        let opened = frame.revised.iter().filter(|commit| commit.id == mask_id);
        self.committed += frame.committed.len() as u32;
        self.committed = self.committed.saturating_sub(opened.count() as u32);
    }

    fn show(&mut self, frame: &Frame, model: &LoadedModel) -> StepFrame {
        self.count(frame, model.vocabulary.mask_id);
        let mut before = std::mem::replace(&mut self.pieces, pieces(self.driver.canvas(), model));
        let start = self.driver.canvas().prompt_len();
        let spliced = relative(&frame.spliced, start);
        move_texts(&mut before, &spliced);
        let shown = self.pieces.iter().enumerate();
        let changed = shown.filter(|(i, text)| before.get(*i) != Some(text));
        let tokens = |commits: &[Commit]| -> Vec<TokenCommit> {
            commits
                .iter()
                .map(|commit| token(commit, start, model))
                .collect()
        };
        StepFrame {
            step: frame.step,
            block: frame.block,
            forwards: frame.forwards,
            rows: frame.rows,
            masks_left: frame.masks_left,
            committed: tokens(&frame.committed),
            revised: tokens(&frame.revised),
            spliced,
            filled: tokens(&frame.filled),
            texts: changed
                .map(|(i, text)| TokenText {
                    position: i as u32,
                    text: text.clone(),
                })
                .collect(),
            records: match self.tells_records {
                true => records(&frame.records, start, model),
                false => Vec::new(),
            },
            seconds: self.seconds,
            path: None,
        }
    }
}

/// What rows say of positions of the canvas; a row may be about the prompt.
fn records(rows: &[Row], canvas_start: u32, model: &LoadedModel) -> Vec<TokenRecord> {
    let told = rows.iter().filter_map(
        |Row {
             position, record, ..
         }| {
            Some(TokenRecord {
                position: position.checked_sub(canvas_start)?,
                id: record.top1,
                confidence: record.confidence(),
                entropy: record.ent,
                text: model.text.decode(&[record.top1]),
            })
        },
    );
    told.collect()
}

/// `spliced` in positions that count from `canvas_start`.
fn relative(spliced: &[Splice], canvas_start: u32) -> Vec<Splice> {
    let moved = |splice: &Splice| Splice {
        at: splice.at - canvas_start,
        ..splice.clone()
    };
    spliced.iter().map(moved).collect()
}

/// Moves the texts of positions as the positions move; new ones show nothing yet.
fn move_texts(texts: &mut Vec<String>, spliced: &[Splice]) {
    for splice in spliced {
        let gone = splice.at as usize..(splice.at + splice.removed) as usize;
        let none = std::iter::repeat_n(String::new(), splice.inserted.len());
        texts.splice(gone, none);
    }
}

fn token(commit: &Commit, canvas_start: u32, model: &LoadedModel) -> TokenCommit {
    TokenCommit {
        position: commit.position - canvas_start,
        id: commit.id,
        confidence: commit.confidence,
        text: model.text.decode(&[commit.id]),
    }
}

fn canvas_ids(canvas: &Canvas) -> &[u32] {
    &canvas.ids()[canvas.prompt_len() as usize..]
}

fn pieces(canvas: &Canvas, model: &LoadedModel) -> Vec<String> {
    model
        .text
        .pieces(canvas_ids(canvas), model.vocabulary.mask_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_move_with_their_positions() {
        let mut texts = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let splice = |at, removed, inserted: &[u32]| Splice {
            at,
            removed,
            inserted: inserted.to_vec(),
        };
        let spliced = [splice(6, 1, &[9, 9]), splice(9, 0, &[0]), splice(5, 1, &[])];
        let own = relative(&spliced, 5);
        assert_eq!(own[0].at, 1);
        move_texts(&mut texts, &own);
        assert_eq!(texts, ["", "", "c", "", "d"]);
    }
}
