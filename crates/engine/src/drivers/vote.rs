//! A majority vote over block schedules (HEX, arXiv 2510.05040).
//!
//! The order in which a canvas is filled decides much of what it says, and no one block length is
//! the best for every question. So a request runs under several, and the answer that most paths
//! agree on is kept.
//!
//! Answers are compared without the white space around them. An empty answer abstains: it is kept
//! only where all are empty. Of answers with equally many votes wins the one that has the path of
//! the smallest block, then the earliest path. The vote ends as soon as no outcome of the paths to
//! come would change the answer, which two thirds of all paths in agreement always see to.

use std::cmp::Reverse;

use super::Path;

/// A vote in progress.
#[derive(Clone, Debug)]
pub struct Vote {
    paths: Vec<Path>,
    /// Answers of the first paths, trimmed.
    answers: Vec<String>,
    /// For each answer, the first path that gave it.
    groups: Vec<usize>,
}

impl Vote {
    /// A vote of `paths`, in their order.
    #[must_use]
    pub fn new(paths: Vec<Path>) -> Self {
        Self {
            paths,
            answers: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Every path, run or not.
    #[must_use]
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// The path to run next; `None` once the outcome cannot change.
    #[must_use]
    pub fn next(&self) -> Option<Path> {
        let next = self.paths.get(self.answers.len()).copied();
        next.filter(|_| !self.is_decided())
    }

    /// The answer of the path that [`Self::next`] named.
    pub fn add(&mut self, answer: &str) {
        let answer = answer.trim();
        let before = self.answers.iter().position(|other| other == answer);
        self.groups.push(before.unwrap_or(self.answers.len()));
        self.answers.push(answer.to_owned());
    }

    /// The path whose answer is kept, as things are; `None` before the first answer.
    #[must_use]
    pub fn winner(&self) -> Option<usize> {
        self.winner_among(&self.groups)
    }

    /// How many paths gave the answer of each path so far.
    #[must_use]
    pub fn votes(&self) -> Vec<u32> {
        let counts = counts(&self.groups);
        self.groups.iter().map(|&group| counts[group]).collect()
    }

    /// Whether the answer is the same whatever the paths to come say.
    fn is_decided(&self) -> bool {
        let Some(leader) = self.winner() else {
            return false;
        };
        // Nothing is worse for the leader than that all of them agree with one rival, be it an
        // answer that is there or a new one.
        let (leader, new) = (self.groups[leader], self.groups.len());
        (0..=new).all(|rival| {
            let mut groups = self.groups.clone();
            groups.resize(self.paths.len(), rival);
            let winner = self.winner_among(&groups);
            winner.is_some_and(|path| groups[path] == leader)
        })
    }

    fn winner_among(&self, groups: &[usize]) -> Option<usize> {
        let counts = counts(groups);
        let is_empty = |group: usize| self.answers.get(group).is_some_and(String::is_empty);
        (0..groups.len()).min_by_key(|&path| {
            let group = groups[path];
            let block = self.paths[path].block.unwrap_or(u32::MAX);
            (is_empty(group), Reverse(counts[group]), block, path)
        })
    }
}

/// Members of each group, by the group's number.
fn counts(groups: &[usize]) -> Vec<u32> {
    let mut counts = vec![0; groups.iter().max().map_or(0, |last| last + 1)];
    for &group in groups {
        counts[group] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(blocks: &[u32], answers: &[&str]) -> Vote {
        let blocks: Vec<Option<u32>> = blocks.iter().map(|&block| Some(block)).collect();
        let mut vote = Vote::new(Path::schedule(&blocks, 0, 1));
        for answer in answers {
            vote.add(answer);
        }
        vote
    }

    fn winner(blocks: &[u32], answers: &[&str]) -> Option<usize> {
        vote(blocks, answers).winner()
    }

    #[test]
    fn the_majority_wins_and_ties_go_to_the_smaller_block() {
        let blocks = [16, 8, 32, 64];
        assert_eq!(winner(&blocks, &[]), None);
        // All equal: the smallest block shows the answer.
        assert_eq!(winner(&blocks, &["a", "a", "a", "a"]), Some(1));
        assert_eq!(winner(&blocks, &["a", "b", "c", "c"]), Some(2), "majority");
        // Two against two.
        assert_eq!(winner(&blocks, &["a", "b", "a", "b"]), Some(1));
        assert_eq!(winner(&blocks, &["a", "b", "b", "a"]), Some(1));
        // None agree.
        assert_eq!(winner(&blocks, &["a", "b", "c", "d"]), Some(1));
        assert_eq!(winner(&[8, 8, 8], &["a", "b", "c"]), Some(0), "earlier");
    }

    #[test]
    fn answers_are_compared_without_white_space_around_them() {
        let vote = vote(&[4, 8, 16], &["b", " a\n", "a"]);
        assert_eq!(vote.winner(), Some(1));
        assert_eq!(vote.votes(), [1, 2, 2]);
    }

    #[test]
    fn an_empty_answer_abstains() {
        assert_eq!(winner(&[4, 8, 16], &["", " ", "a"]), Some(2));
        assert_eq!(winner(&[8, 4, 16], &["", "", ""]), Some(1), "nothing else");
        assert_eq!(vote(&[4, 8, 16], &["", ""]).next().unwrap().block, Some(16));
    }

    #[test]
    fn a_whole_canvas_is_the_largest_block() {
        let paths = Path::schedule(&[None, Some(99)], 0, 1);
        let mut vote = Vote::new(paths);
        vote.add("a");
        vote.add("b");
        assert_eq!(vote.winner(), Some(1));
    }

    #[test]
    fn a_vote_ends_when_nothing_can_change_it() {
        // (answers, whether another path is asked) of paths 8, 16, 32, 64, 128, 256.
        for (answers, goes_on) in [
            (&[][..], true),
            (&["a"], true),
            (&["a", "a"], true),
            (&["a", "a", "a"], false), // the others could draw level, and lose by their blocks
            (&["b", "a", "a", "a"], true), // two more for b would win by the smaller block
            (&["b", "a", "a", "a", "a"], false), // two thirds
            (&["a", "b", "c", "d", "e"], true),
            (&["a", "a", "b", "c", "d"], false), // one more for b draws level and loses
            (&["a", "b", "c", "d", "e", "f"], false), // all have voted
        ] {
            let next = vote(&[8, 16, 32, 64, 128, 256], answers).next();
            assert_eq!(next.is_some(), goes_on, "{answers:?}");
        }
    }

    /// Every way to answer `count` questions with a few answers, one of them empty.
    fn outcomes(count: usize) -> Vec<Vec<&'static str>> {
        let longer = |outcomes: Vec<Vec<&'static str>>, _| {
            let with = |answers: &Vec<&'static str>| {
                ["", "a", "b", "c"].map(|answer| [&answers[..], &[answer]].concat())
            };
            outcomes.iter().flat_map(with).collect()
        };
        (0..count).fold(vec![Vec::new()], longer)
    }

    #[test]
    fn it_ends_exactly_when_all_outcomes_agree() {
        let blocks = [16, 4, 8, 8, 32];
        for asked in 1..blocks.len() {
            for answers in outcomes(asked) {
                let rests = outcomes(blocks.len() - asked);
                let mut kept = rests.iter().map(|rest| {
                    let all = [&answers[..], rest].concat();
                    all[winner(&blocks, &all).unwrap()]
                });
                let first = kept.next().unwrap();
                let is_open = kept.any(|answer| answer != first);
                let goes_on = vote(&blocks, &answers).next().is_some();
                assert_eq!(goes_on, is_open, "{answers:?}");
            }
        }
    }

    #[test]
    fn two_thirds_of_all_paths_always_end_it() {
        for answers in outcomes(4) {
            let vote = vote(&[64, 32, 16, 8, 4, 2], &answers);
            let agree = |answer| answers.iter().filter(|&&other| other == answer).count();
            if ["a", "b", "c"].into_iter().any(|answer| agree(answer) == 4) {
                assert_eq!(vote.next(), None, "{answers:?}");
            }
        }
    }
}
