//! As many tokens as were guessed right, from left to right (Jacobi decoding of causal models).

use super::super::method::Parameter;
use super::{Canvas, Commit, Method, Row, Select, Splice, Step};

pub(super) const METHOD: Method<dyn Select> = Method {
    name: "jacobi",
    doc: "For causal models: shows the model a guess of the next tokens and keeps as many as it would have written itself. The text is that of one token a step; what was guessed wrong is the next guess. On other models it commits the leftmost position.",
    source: "Jacobi decoding, arXiv 2305.10427; refill of Jacobi Forcing, arXiv 2512.14681",
    parameters: &[Parameter::count(
        "ahead",
        0,
        7,
        "Tokens guessed in each step, beside the one that is certain.",
    )],
    build: |values, setup| {
        let ahead = match setup.grid {
            Some(1) => values.count("ahead"),
            _ => 0,
        };
        Ok(Box::new(Jacobi::new(ahead)))
    },
};

/// Guesses and keeps what comes out as guessed: the commits are those of one token a step, since
/// each is the proposal behind tokens that were all committed.
///
/// A guess is what the step before proposed for the position, right or wrong (Jacobi iteration), or
/// what somebody else drafted, see [`Select::offer`].
pub struct Jacobi {
    ahead: u32,
    /// Tokens guessed for the leftmost masks.
    guess: Vec<u32>,
}

impl Jacobi {
    /// A guess of so many tokens.
    #[must_use]
    pub fn new(ahead: u32) -> Self {
        Self {
            ahead,
            guess: Vec::new(),
        }
    }
}

impl Select for Jacobi {
    fn ahead(&self) -> u32 {
        self.ahead
    }

    fn guesses(&self, canvas: &Canvas, eligible: &[u32]) -> Vec<(u32, u32)> {
        let (Some((first, others)), 1..) = (eligible.split_first(), self.ahead) else {
            return Vec::new();
        };
        // Where nothing was guessed, the token before is said again: a guess as good as any.
        let before = first.checked_sub(1).map_or(0, |at| canvas.id(at));
        let last = self.guess.last().copied().unwrap_or(before);
        let guess = self.guess.iter().copied().chain(std::iter::repeat(last));
        match others.is_empty() {
            true => Vec::new(),
            false => eligible.iter().copied().zip(guess).collect(),
        }
    }

    fn offer(&mut self, tokens: &[u32]) {
        self.guess = tokens.to_vec();
    }

    fn select(&mut self, candidates: &[Row], step: &Step) -> Vec<Commit> {
        let eligible: Vec<u32> = candidates.iter().map(|row| row.position).collect();
        let guesses = self.guesses(step.canvas, &eligible);
        let proposals: Vec<Commit> = candidates.iter().map(Row::commit).collect();
        let is_right = |(proposal, guess): &(&Commit, &(u32, u32))| proposal.id == guess.1;
        let right = proposals.iter().zip(&guesses).take_while(is_right).count();
        let kept = (right + 1).min(proposals.len());
        self.guess = proposals[kept..]
            .iter()
            .map(|proposal| proposal.id)
            .collect();
        proposals[..kept].to_vec()
    }

    fn spliced(&mut self, _splice: &Splice) {
        self.guess.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{MASK, positions, rows, select_in};
    use super::*;
    use crate::decode::{Block, Segment};

    fn canvas() -> Canvas {
        Canvas::new(&[], &[Segment::Masked(4)], MASK)
    }

    /// What is committed of the proposals 10, 11, 12, 13.
    fn select(piece: &mut Jacobi) -> Vec<u32> {
        let block = Block::new(0, 0, 4);
        positions(&select_in(piece, &rows(&[0.5; 4]), 0, &canvas(), block))
    }

    #[test]
    fn a_token_behind_right_guesses_is_kept() {
        for (guess, kept) in [
            (&[10, 11, 12][..], 4),
            (&[10, 11, 9], 3),
            (&[10, 9, 12], 2),
            (&[9, 11, 12], 1),
            (&[10], 2),
            (&[], 1),
        ] {
            let mut piece = Jacobi::new(3);
            piece.offer(guess);
            assert_eq!(select(&mut piece).len(), kept, "{guess:?}");
        }
    }

    #[test]
    fn what_was_wrong_is_the_next_guess() {
        let mut piece = Jacobi::new(3);
        piece.offer(&[9]);
        assert_eq!(select(&mut piece), [0]);
        let next = piece.guesses(&canvas(), &[1, 2, 3, 4]);
        assert_eq!(next, [(1, 11), (2, 12), (3, 13), (4, 13)]);
    }

    #[test]
    fn nothing_is_guessed_for_one_position_or_none() {
        let piece = Jacobi::new(3);
        assert_eq!(piece.guesses(&canvas(), &[2]), []);
        assert_eq!(piece.guesses(&canvas(), &[]), []);
        let mut other_models = Jacobi::new(0);
        other_models.offer(&[10, 11, 12]);
        assert_eq!(other_models.guesses(&canvas(), &[1, 2, 3]), []);
        assert_eq!(select(&mut other_models), [0]);
        let mut piece = Jacobi::new(3);
        let none = select_in(&mut piece, &[], 0, &canvas(), Block::new(0, 0, 4));
        assert_eq!(none, []);
    }
}
