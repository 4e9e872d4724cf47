//! The paths of a request, and which answer of theirs is kept.

use crate::decode::DecodeOptions;
use crate::drivers::{BestOf, Path, Score, Vote};
use crate::error::{Error, Result};
use crate::model::Attention;
use crate::request::{GenerateRequest, VoteRequest};

/// Paths that one request may take: more is a slip of the pen.
const MOST_PATHS: u64 = 1000;

/// What a request asks to be made of its runs.
#[derive(Clone, Debug)]
pub(super) enum Ensemble {
    /// One run, and whether it has ended.
    Single(Path, bool),
    /// The likeliest of several.
    BestOf(BestOf),
    /// The answer that most of several agree on.
    Vote(Vote),
}

impl Ensemble {
    /// The ensemble of `request` on a model with `attention`; `options` are those of its runs.
    ///
    /// # Errors
    /// `bad_input` for paths that the model cannot take, that would all be equal, or among which
    /// nothing can be decided.
    pub fn new(
        request: &GenerateRequest,
        attention: Attention,
        options: &DecodeOptions,
    ) -> Result<Self> {
        let (ensemble, seeds) = match (request.best_of, &request.vote) {
            (Some(_), Some(_)) => Err(Error::bad_input(
                "the request has a best_of and a vote; give one of them",
            )),
            (None, None) => Ok((Self::Single(Self::path(request), false), 1)),
            (Some(count), None) => Ok((best_of(request, count)?, count)),
            (None, Some(vote)) => Self::vote(request, vote, attention),
        }?;
        if seeds > 1 && options.ignores_seed() {
            return Err(Error::bad_input(format!(
                "the temperature is 0 and nothing else is left to chance, so the {seeds} seeds \
                 would all give the same answer; give a temperature such as 0.7"
            )));
        }
        Ok(ensemble)
    }

    fn path(request: &GenerateRequest) -> Path {
        Path {
            block: request.block,
            seed: request.seed,
        }
    }

    fn vote(
        request: &GenerateRequest,
        vote: &VoteRequest,
        attention: Attention,
    ) -> Result<(Self, u32)> {
        check_blocks(request, &vote.blocks, attention)?;
        let mut blocks: Vec<Option<u32>> = vote.blocks.iter().copied().map(Some).collect();
        if blocks.is_empty() {
            blocks.push(request.block);
        }
        let seeds = vote.seeds.unwrap_or(1);
        let count = blocks.len() as u64 * u64::from(seeds);
        if !(3..=MOST_PATHS).contains(&count) {
            return Err(Error::bad_input(format!(
                "the vote has {count} paths (block lengths times seeds), but takes 3 to \
                 {MOST_PATHS}; fewer have no majority"
            )));
        }
        let paths = Path::schedule(&blocks, request.seed, seeds);
        Ok((Self::Vote(Vote::new(paths)), seeds))
    }

    /// Whether answers are scored.
    pub fn scores(&self) -> bool {
        matches!(self, Self::BestOf(_))
    }

    /// Every path, run or not.
    pub fn paths(&self) -> &[Path] {
        match self {
            Self::Single(path, _) => std::slice::from_ref(path),
            Self::BestOf(best) => best.paths(),
            Self::Vote(vote) => vote.paths(),
        }
    }

    /// The path to run next.
    pub fn next(&self) -> Option<Path> {
        match self {
            Self::Single(path, has_ended) => (!has_ended).then_some(*path),
            Self::BestOf(best) => best.next(),
            Self::Vote(vote) => vote.next(),
        }
    }

    /// What came of the path that [`Self::next`] named.
    pub fn add(&mut self, answer: &str, score: Option<Score>) {
        match self {
            Self::Single(_, has_ended) => *has_ended = true,
            Self::BestOf(best) => best.add(score),
            Self::Vote(vote) => vote.add(answer),
        }
    }

    /// The path whose answer is kept, as things are; `None` before one has ended.
    pub fn winner(&self) -> Option<usize> {
        match self {
            Self::Single(_, has_ended) => has_ended.then_some(0),
            Self::BestOf(best) => best.winner(),
            Self::Vote(vote) => vote.winner(),
        }
    }

    /// How many paths gave the answer of each path so far, where that is counted.
    pub fn votes(&self) -> Option<Vec<u32>> {
        match self {
            Self::Single(..) | Self::BestOf(_) => None,
            Self::Vote(vote) => Some(vote.votes()),
        }
    }
}

fn best_of(request: &GenerateRequest, count: u32) -> Result<Ensemble> {
    if !(2..=MOST_PATHS).contains(&count.into()) {
        return Err(Error::bad_input(format!(
            "best_of is {count}; give 2 to {MOST_PATHS} runs to choose from, or leave it out"
        )));
    }
    let paths = Path::schedule(&[request.block], request.seed, count);
    Ok(Ensemble::BestOf(BestOf::new(paths)))
}

/// Whether a model can be asked to vote over `blocks`.
fn check_blocks(request: &GenerateRequest, blocks: &[u32], attention: Attention) -> Result<()> {
    if blocks.is_empty() {
        return Ok(());
    }
    let reason = match attention {
        Attention::Full => None,
        Attention::BlockCausal(block) => Some(format!("fills blocks of {block} positions only")),
        Attention::Causal => Some("writes one token after the other".to_owned()),
    };
    if let Some(reason) = reason {
        return Err(Error::bad_input(format!(
            "the vote is over block lengths, but this model {reason}; vote over seeds alone"
        )));
    }
    if request.block.is_some() {
        return Err(Error::bad_input(
            "the request has a block and a vote over blocks; leave one of them out",
        ));
    }
    let is_repeated = |(index, block)| blocks[..index].contains(block);
    if blocks.iter().enumerate().any(is_repeated) {
        return Err(Error::bad_input(
            "the vote names a block length twice; give each once, and more seeds for more paths",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ensemble(request: &GenerateRequest, attention: Attention) -> Result<Ensemble> {
        let options = request.decode_options(crate::model::StatSpace::Raw)?;
        Ensemble::new(request, attention, &options)
    }

    fn voting(blocks: &[u32], seeds: Option<u32>, temperature: f32) -> GenerateRequest {
        GenerateRequest {
            temperature,
            vote: Some(VoteRequest {
                blocks: blocks.to_vec(),
                seeds,
            }),
            ..GenerateRequest::default()
        }
    }

    fn best_of(count: u32, temperature: f32) -> GenerateRequest {
        GenerateRequest {
            best_of: Some(count),
            temperature,
            ..GenerateRequest::default()
        }
    }

    #[test]
    fn a_request_has_as_many_paths_as_it_asks_for() {
        let paths = |request: &GenerateRequest, attention| {
            let ensemble = ensemble(request, attention).unwrap();
            let paths = ensemble.paths().iter();
            let paths: Vec<_> = paths.map(|path| (path.block, path.seed)).collect();
            paths
        };
        let single = GenerateRequest {
            block: Some(4),
            seed: 9,
            ..GenerateRequest::default()
        };
        assert_eq!(paths(&single, Attention::Causal), [(Some(4), 9)]);
        assert_eq!(
            paths(&voting(&[4, 8, 16], None, 0.0), Attention::Full),
            [(Some(4), 0), (Some(8), 0), (Some(16), 0)]
        );
        let seeds = [(None, 0), (None, 1), (None, 2)];
        for attention in [
            Attention::Full,
            Attention::Causal,
            Attention::BlockCausal(4),
        ] {
            assert_eq!(paths(&voting(&[], Some(3), 0.7), attention), seeds);
            assert_eq!(paths(&best_of(3, 0.7), attention), seeds);
        }
    }

    #[test]
    fn chance_may_come_from_elsewhere_than_the_temperature() {
        let random = GenerateRequest {
            select: Some(crate::Choice::new("random")),
            ..best_of(3, 0.0)
        };
        assert!(ensemble(&random, Attention::Full).is_ok());
    }

    #[test]
    fn a_single_run_ends_once() {
        let mut single = ensemble(&GenerateRequest::default(), Attention::Full).unwrap();
        assert!(single.next().is_some());
        assert_eq!((single.winner(), single.votes()), (None, None));
        single.add("a", None);
        assert_eq!((single.next(), single.winner()), (None, Some(0)));
    }

    #[test]
    fn what_cannot_be_decided_is_refused_with_its_reason() {
        let full = Attention::Full;
        let both = GenerateRequest {
            best_of: Some(3),
            ..voting(&[4, 8, 16], None, 0.7)
        };
        let two_blocks = GenerateRequest {
            block: Some(4),
            ..voting(&[4, 8, 16], None, 0.7)
        };
        for (request, attention, reason) in [
            (both, full, "best_of and a vote"),
            (two_blocks, full, "block and a vote"),
            (best_of(1, 0.7), full, "best_of is 1"),
            (best_of(1001, 0.7), full, "best_of is 1001"),
            (best_of(3, 0.0), full, "temperature"),
            (voting(&[], None, 0.7), full, "1 paths"),
            (voting(&[4, 8], None, 0.7), full, "2 paths"),
            (voting(&[4, 8, 16], Some(0), 0.7), full, "0 paths"),
            (voting(&[], Some(u32::MAX), 0.7), full, "4294967295 paths"),
            (voting(&[], Some(3), 0.0), full, "temperature"),
            (voting(&[4, 8, 4], None, 0.0), full, "twice"),
            (
                voting(&[4, 8, 16], None, 0.7),
                Attention::Causal,
                "one token after the other",
            ),
            (
                voting(&[4, 8, 16], None, 0.7),
                Attention::BlockCausal(32),
                "blocks of 32",
            ),
        ] {
            let error = ensemble(&request, attention).unwrap_err();
            assert_eq!(error.code, crate::ErrorCode::BadInput);
            assert!(error.message.contains(reason), "{error}");
        }
    }
}
