//! One answer, by one run or several: best of n by likelihood, or a majority vote.

use serde::Serialize;

use super::ensemble::Ensemble;
use super::{GenerationResult, LoadedModel, Run, StepFrame};
use crate::clock::Clock;
use crate::drivers::{BEST_OF_SAMPLES, Estimator, Path, Score, Scorer};
use crate::error::{Error, Result};
use crate::model::Attention;
use crate::request::GenerateRequest;

/// One of several runs, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PathResult {
    /// How it differs from the others.
    #[serde(flatten)]
    pub path: Path,
    /// Its answer.
    pub text: String,
    /// Forwards made, those of its score included.
    pub forwards: u32,
    /// How many paths gave this answer, in a vote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub votes: Option<u32>,
    /// The likelihood of its answer, where the best is sought; none of an empty answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// Whether its answer is the one that is kept.
    pub kept: bool,
}

/// A generation in progress: one run, or as many as its request asks for.
pub struct Generation {
    pub(super) request: GenerateRequest,
    ensemble: Ensemble,
    pub(super) run: Run,
    pub(super) stage: Stage,
    /// Number of the block that the last step was about.
    block: u32,
    finished: Vec<Finished>,
    spent: Spent,
}

/// What the next forward is for.
pub(super) enum Stage {
    Denoise,
    Score(Box<Scorer>),
    Over,
}

/// A path that has ended.
struct Finished {
    path: Path,
    result: GenerationResult,
    forwards: u32,
    score: Option<Score>,
}

/// What all paths took so far.
#[derive(Default)]
struct Spent {
    forwards: u32,
    rows: u64,
    seconds: f64,
}

impl LoadedModel {
    /// Begins a generation of one run or, with `best_of` or `vote`, several. Nothing runs until
    /// [`Generation::next`].
    ///
    /// # Errors
    /// As [`Self::start`] of any of its runs, and `bad_input` for runs that would all be equal or
    /// that the model cannot make.
    pub fn generate(&mut self, request: &GenerateRequest) -> Result<Generation> {
        let spec = self.network.spec();
        let options = request.decode_options(spec.stat_space)?;
        let ensemble = Ensemble::new(request, spec.attention, &options)?;
        let is_causal = spec.attention == Attention::Causal;
        // Seeds do not make a difference to what can be run; block lengths do.
        let paths = ensemble.paths().iter();
        let once = paths.filter(|path| path.seed == request.seed);
        let runs = once.map(|&path| self.start(&of_path(request, path)));
        let Some(run) = runs.collect::<Result<Vec<Run>>>()?.into_iter().next() else {
            return Err(Error::bad_input("the request has no path to take"));
        };
        if ensemble.scores() && run.has_prefix() {
            return Err(Error::bad_input(
                "best_of asks how likely answers are behind tokens, and the rows of a prefix are \
                 none; leave one of them out",
            ));
        }
        if ensemble.scores() && is_causal && run.prompt().is_empty() {
            return Err(Error::bad_input(
                "best_of asks how likely answers are behind what is given, and a causal model \
                 needs a prompt for that; give one",
            ));
        }
        Ok(Generation {
            request: request.clone(),
            ensemble,
            run,
            stage: Stage::Denoise,
            block: 0,
            finished: Vec::new(),
            spent: Spent::default(),
        })
    }

    /// Begins to score the answer of a run behind its prompt; `None` for an empty answer.
    fn score_answer(&self, run: &Run, seed: u64) -> Result<Option<Scorer>> {
        let answer = run.answer(self);
        if answer.is_empty() {
            return Ok(None);
        }
        let is_causal = self.network.spec().attention == Attention::Causal;
        let estimator = (!is_causal).then_some(Estimator::SemiDeterministic);
        let scorer = self.score_ids(run.prompt(), answer, estimator, BEST_OF_SAMPLES, seed);
        scorer.map(Some)
    }
}

/// The request of one path.
fn of_path(request: &GenerateRequest, path: Path) -> GenerateRequest {
    GenerateRequest {
        block: path.block,
        seed: path.seed,
        best_of: None,
        vote: None,
        ..request.clone()
    }
}

impl Generation {
    /// One forward and what it changed; `None` at the end. Where paths follow on each other, each
    /// begins on the canvas of the request; a forward that scores an answer changes nothing. To
    /// cancel, stop calling.
    ///
    /// # Errors
    /// What the device reports; nothing has changed then and the forward can be made again.
    pub async fn next(&mut self, model: &mut LoadedModel) -> Result<Option<StepFrame>> {
        loop {
            let frame = match self.stage {
                Stage::Over => return Ok(None),
                Stage::Denoise => self.denoise(model).await?,
                Stage::Score(_) => self.score(model).await?,
            };
            if frame.is_some() {
                return Ok(frame);
            }
            self.advance(model)?;
        }
    }

    /// The run that is under way, or was the last.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Rows forwarded so far by all paths, as [`Run::rows`].
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.spent.rows
    }

    /// The answer that is kept, as things are: of the paths that have ended, or of the first while
    /// it runs. Its tokens are its own; forwards and seconds are those of all paths.
    #[must_use]
    pub fn result(&self, model: &LoadedModel) -> GenerationResult {
        let kept = self.ensemble.winner().map(|path| &self.finished[path]);
        let result = match kept {
            Some(path) => path.result.clone(),
            None => self.run.result(model),
        };
        GenerationResult {
            forwards: self.spent.forwards,
            seconds: self.spent.seconds,
            paths: self.paths(),
            ..result
        }
    }

    /// What came of each path so far; nothing where there is only one to take.
    fn paths(&self) -> Vec<PathResult> {
        if !self.is_several() {
            return Vec::new();
        }
        let (winner, votes) = (self.ensemble.winner(), self.ensemble.votes());
        let told = |(number, path): (usize, &Finished)| PathResult {
            path: path.path,
            text: path.result.text.clone(),
            forwards: path.forwards,
            votes: votes.as_ref().map(|votes| votes[number]),
            score: path.score,
            kept: winner == Some(number),
        };
        self.finished.iter().enumerate().map(told).collect()
    }

    fn is_several(&self) -> bool {
        self.ensemble.paths().len() > 1
    }

    /// A step of the run.
    async fn denoise(&mut self, model: &mut LoadedModel) -> Result<Option<StepFrame>> {
        let clock = Clock::start();
        let before = (self.run.forwards(), self.run.rows());
        let Some(frame) = self.run.next(model).await? else {
            return Ok(None);
        };
        self.block = frame.block;
        let forwards = self.run.forwards() - before.0;
        self.spend(forwards, self.run.rows() - before.1, clock.seconds());
        Ok(Some(self.tell(frame)))
    }

    /// A sample of the answer's score.
    async fn score(&mut self, model: &mut LoadedModel) -> Result<Option<StepFrame>> {
        let Stage::Score(scorer) = &mut self.stage else {
            return Ok(None);
        };
        let clock = Clock::start();
        let Some(score) = scorer.next(model).await? else {
            return Ok(None);
        };
        let rows = scorer.rows() as u64;
        self.spend(1, rows, clock.seconds());
        let step = self.run.forwards() + score.samples - 1;
        Ok(Some(self.tell(StepFrame::unchanged(step, self.block))))
    }

    pub(super) fn spend(&mut self, forwards: u32, rows: u64, seconds: f64) {
        self.spent.forwards += forwards;
        self.spent.rows += rows;
        self.spent.seconds += seconds;
    }

    /// `frame` as one of all paths.
    fn tell(&self, frame: StepFrame) -> StepFrame {
        let path = self.finished.len() as u32;
        StepFrame {
            path: self.is_several().then_some(path),
            forwards: self.spent.forwards,
            seconds: self.spent.seconds,
            ..frame
        }
    }

    /// What comes after a run or a score has ended.
    fn advance(&mut self, model: &mut LoadedModel) -> Result<()> {
        let score = match &self.stage {
            Stage::Denoise if self.ensemble.scores() => {
                if let Some(scorer) = model.score_answer(&self.run, self.request.seed)? {
                    self.stage = Stage::Score(Box::new(scorer));
                    return Ok(());
                }
                None
            }
            Stage::Score(scorer) => Some(scorer.score()),
            Stage::Denoise | Stage::Over => None,
        };
        self.finish(score, model);
        if let Some(path) = self.ensemble.next() {
            self.run = model.start(&of_path(&self.request, path))?;
            self.stage = Stage::Denoise;
        }
        Ok(())
    }

    /// Files the run under the paths that have ended.
    fn finish(&mut self, score: Option<Score>, model: &LoadedModel) {
        self.stage = Stage::Over;
        let Some(path) = self.ensemble.next() else {
            return;
        };
        let result = self.run.result(model);
        self.ensemble.add(&result.text, score);
        let before: u32 = self.finished.iter().map(|path| path.forwards).sum();
        self.finished.push(Finished {
            path,
            result,
            forwards: self.spent.forwards - before,
            score,
        });
    }
}
