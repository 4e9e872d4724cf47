//! Drafts a block at once and keeps what the same model would have written one token at a time
//! (S2D2, self-speculation of block-diffusion models).

use super::super::method::Parameter;
use super::budget::{Quota, STEPS, Share};
use super::{Commit, Method, Row, Select, Step, accepted, by_position, first_run, left_by, ranked};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "s2d2",
    doc: "For block-causal models: fills the first run of masks, has the model in blocks of one read it in a second forward, and keeps as much as that would have written itself, and its next token. Where too little of a draft is likely to stand, and on other models, it is the method dynamic.",
    source: "S2D2, phymhan/S2D2, arXiv 2603.25702",
    parameters: &[
        Parameter::probability(
            "threshold",
            0.9,
            "What is surer than this is committed where nothing is verified.",
        ),
        STEPS,
        Parameter::word(
            "routing",
            &["dynamic", "static"],
            "What an expected token of a draft is weighed against: every token that the threshold would commit, or the one that is certain.",
        ),
        Parameter::real(
            "cost",
            0.0,
            f64::INFINITY,
            1.0,
            "Expected tokens that such a token counts for; 0 verifies every draft.",
        ),
    ],
    build: |values, setup| {
        Ok(Box::new(SelfSpeculation::new(Settings {
            threshold: values.real("threshold"),
            share: Share::of(values, setup),
            is_static: values.word("routing") == "static",
            cost: values.real("cost"),
            drafts: setup.grid.is_some_and(|grid| grid > 1),
            vocabulary: setup.vocabulary.size,
        })))
    },
};

/// Positions of a draft that are verified at most: each is a branch of its own.
const MOST: usize = 31;

/// How [`SelfSpeculation`] decides.
#[derive(Clone, Copy)]
pub struct Settings {
    /// What is surer is committed where nothing is verified; equality fails.
    pub threshold: f32,
    /// The least that a step commits.
    pub share: Share,
    /// Whether a draft is weighed against one token, or against what the threshold would commit.
    pub is_static: bool,
    /// The weight of each of these.
    pub cost: f32,
    /// Whether anything is drafted at all.
    pub drafts: bool,
    /// Tokens of the vocabulary.
    pub vocabulary: u32,
}

/// The proposals for the block's first run of masks are the draft; the verifier's proposals replace
/// them one by one, up to and with the first that differs (`block_diffusion_generate` with
/// `score_threshold`, phymhan/S2D2).
///
/// The published rule accepts a drafted token with probability `min(1, q / p)` and else draws from
/// `(q - p)+`, which takes the logits of both forwards. Here the token is the verifier's own proposal
/// under the same noise as the draft's, and stands as drafted where the two agree: the tokens are
/// distributed as the verifier's, at temperature 0 they are its likeliest, and records suffice.
pub struct SelfSpeculation {
    settings: Settings,
    quota: Quota,
}

impl SelfSpeculation {
    /// A rule by `settings`.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            quota: Quota::new(settings.share),
        }
    }

    /// Whether the draft `span` is worth a forward: the tokens that are expected to stand, each as
    /// likely as its entropy is low (`soft_entropy_negexp`), against their cost.
    fn is_worth(&self, span: &[Row], candidates: &[Row]) -> bool {
        let most = (self.settings.vocabulary as f32).ln();
        let stands = span.iter().scan(1.0, |all, row| {
            *all *= (-row.record.ent / most).exp();
            Some(*all)
        });
        let expected: f32 = stands.sum();
        let is_sure = |row: &&Row| row.commit().confidence > self.settings.threshold;
        let otherwise = match self.settings.is_static {
            true => 1,
            false => candidates.iter().filter(is_sure).count(),
        };
        expected >= self.settings.cost * otherwise as f32
    }

    /// `count` of the surest `rows`, or everything that is surer than the threshold.
    fn dynamic(&self, rows: &[Row], count: usize) -> Vec<Commit> {
        let ranked = ranked(rows);
        let threshold = self.settings.threshold;
        let sure = ranked.partition_point(|commit| commit.confidence > threshold);
        ranked[..sure.max(count).min(ranked.len())].to_vec()
    }
}

impl Select for SelfSpeculation {
    fn speculates(&self) -> bool {
        self.settings.drafts
    }

    fn draft(&self, candidates: &[Row]) -> Vec<(u32, u32)> {
        let run = first_run(candidates);
        let span = &run[..run.len().min(MOST)];
        match self.settings.drafts && self.is_worth(span, candidates) {
            true => span
                .iter()
                .map(|row| (row.position, row.commit().id))
                .collect(),
            false => Vec::new(),
        }
    }

    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let least = self
            .quota
            .next(step)
            .max(usize::from(step.block.must_commit));
        let mut committed = accepted(candidates, step.verified);
        if committed.len() < least {
            let left = left_by(candidates, &committed);
            committed.extend(self.dynamic(&left, least - committed.len()));
        }
        by_position(committed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, entropies, positions, rows};
    use super::*;
    use crate::decode::{Block, Canvas, Segment};

    fn piece(is_static: bool, cost: f32) -> SelfSpeculation {
        SelfSpeculation::new(Settings {
            threshold: 0.9,
            share: Share::new(None, 1),
            is_static,
            cost,
            drafts: true,
            vocabulary: 100,
        })
    }

    /// What is committed of `candidates` where the verifier says `verified`.
    fn select(piece: &mut SelfSpeculation, candidates: &[Row], verified: &[Row]) -> Vec<Commit> {
        let canvas = Canvas::new(&[], &[Segment::Masked(6)], MASK);
        let step = Step {
            number: 0,
            block: Block::new(0, 0, 6),
            canvas: &canvas,
            rows: candidates,
            shadows: &[],
            branches: &[],
            verified,
        };
        piece.select(candidates, &step)
    }

    /// `rows` with another proposal at `position`.
    fn other(mut rows: Vec<Row>, position: usize) -> Vec<Row> {
        rows[position].record.samp = 77;
        rows
    }

    #[test]
    fn the_draft_is_the_first_run_of_masks() {
        let candidates = rows(&[0.5; 6]);
        let piece = piece(false, 1.0);
        let all = [(0, 10), (1, 11), (2, 12), (3, 13), (4, 14), (5, 15)];
        assert_eq!(piece.draft(&candidates), all);
        let gap = [candidates[1], candidates[2], candidates[4], candidates[5]];
        assert_eq!(piece.draft(&gap), all[1..3]);
        assert_eq!(piece.draft(&rows(&[0.5; 60])).len(), MOST);
        assert_eq!(piece.draft(&[]), []);
        let mut elsewhere = piece;
        elsewhere.settings.drafts = false;
        assert_eq!(elsewhere.draft(&candidates), []);
    }

    #[test]
    fn a_draft_is_weighed_against_its_cost() {
        // Nothing of it is expected to stand.
        let hopeless = entropies(&[1000.0; 4]);
        let certain = entropies(&[0.0; 4]);
        assert!(!piece(true, 1.0).draft(&certain).is_empty(), "4 against 1");
        assert!(!piece(true, 4.0).draft(&certain).is_empty(), "4 against 4");
        assert!(piece(true, 4.1).draft(&certain).is_empty());
        assert!(piece(true, 1.0).draft(&hopeless).is_empty());
        assert!(!piece(true, 0.0).draft(&hopeless).is_empty(), "always");
        let mut sure = rows(&[0.95; 4]);
        assert!(!piece(false, 1.0).draft(&sure).is_empty(), "4 against 4");
        assert!(piece(false, 1.1).draft(&sure).is_empty());
        sure[0].record.ent = 1000.0;
        assert!(piece(false, 1.0).draft(&sure).is_empty(), "the first fails");
    }

    #[test]
    fn what_the_verifier_says_stands_up_to_the_first_difference() {
        let candidates = rows(&[0.5; 6]);
        let commit = |verified: &[Row]| {
            let commits = select(&mut piece(false, 1.0), &candidates, verified);
            commits.iter().map(|commit| commit.id).collect::<Vec<u32>>()
        };
        let same = rows(&[0.3; 6]);
        assert_eq!(commit(&same), [10, 11, 12, 13, 14, 15]);
        assert_eq!(commit(&same[..2]), [10, 11], "the run is over");
        assert_eq!(commit(&other(same.clone(), 2)), [10, 11, 77]);
        assert_eq!(commit(&other(same, 0)), [77]);
        let confidence = select(&mut piece(false, 1.0), &candidates, &rows(&[0.3]))[0].confidence;
        assert!((confidence - 0.3).abs() < 1e-6, "the verifier's");
    }

    #[test]
    fn without_a_verifier_it_is_dynamic() {
        let select = |sure: &[f32]| positions(&select(&mut piece(false, 1.0), &rows(sure), &[]));
        assert_eq!(select(&[0.2, 0.95, 0.5, 0.91, 0.1, 0.1]), [1, 3]);
        assert_eq!(
            select(&[0.2, 0.5, 0.5, 0.1, 0.1, 0.1]),
            [1],
            "the surest, of equals the lower"
        );
        assert_eq!(select(&[]), [0; 0]);
    }

    #[test]
    fn what_is_missing_of_the_quota_is_the_surest_of_the_rest() {
        let mut piece = SelfSpeculation::new(Settings {
            share: Share::new(Some(2), 1),
            ..piece(false, 1.0).settings
        });
        let candidates = rows(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
        let verified = other(rows(&[0.5; 6]), 0);
        assert_eq!(
            positions(&select(&mut piece, &candidates, &verified)),
            [0, 4, 5]
        );
    }
}
