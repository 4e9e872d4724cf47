//! Written tokens are overwritten where the network is sure of another (LLaDA2.1).

use super::super::method::Parameter;
use super::reread::Reread;
use super::{Block, Canvas, Commit, Method, Revise, RowScope, Splice, Step, written};

pub(super) const METHOD: Method<dyn Revise> = Method {
    name: "edit",
    doc: "Overwrites a written token where the network is sure of another one, and reads a full block again until nothing changes. Needs a model that was trained for it, LLaDA2.1; others may be harmed.",
    source: "LLaDA2.1 token editing, arXiv 2602.08676",
    parameters: &[
        Parameter::probability(
            "threshold",
            0.5,
            "The other token must be likelier than this: 0 in the authors' speed mode, 0.5 in their quality mode, 0.9 to be careful.",
        ),
        Parameter::count("passes", 0, 16, "Passes over a full block at most."),
    ],
    build: |values, setup| {
        let edit = Edit::new(
            values.real("threshold"),
            values.count("passes"),
            setup.blocks(),
        );
        Ok(Box::new(edit))
    },
};

/// In every pass, writes the likeliest token to each written position of the block that holds
/// another, where its probability is `>` the threshold (`joint_threshold.py`, sglang). Equality
/// stays. A full block is read again until a pass changes nothing, `passes` times at most, in
/// the block's whole life.
///
/// What was given is never edited. The likeliest token counts, not the sample: at a temperature
/// there would be no fixed point.
pub struct Edit {
    threshold: f32,
    reread: Reread,
    budget: u32,
}

impl Edit {
    /// `passes` over each of `blocks` full blocks at most.
    #[must_use]
    pub fn new(threshold: f32, passes: u32, blocks: u32) -> Self {
        let budget = passes.saturating_mul(blocks);
        Self {
            threshold,
            reread: Reread::new(passes, budget),
            budget,
        }
    }
}

impl Revise for Edit {
    fn budget(&self) -> u32 {
        self.budget
    }

    fn scope(&self) -> RowScope {
        RowScope::Block
    }

    fn post_pass(&mut self, canvas: &Canvas, _next: Option<&Block>) -> Option<Block> {
        self.reread.next(canvas)
    }

    fn revise(&mut self, committed: &[Commit], step: &Step) -> Vec<Commit> {
        let edit = |position| {
            let record = step.row(position)?.record;
            let confidence = record.confidence();
            let differs = record.top1 != step.canvas.id(position) && confidence > self.threshold;
            differs.then_some(Commit {
                position,
                id: record.top1,
                confidence,
            })
        };
        let edits: Vec<Commit> = written(step.canvas, &step.block).filter_map(edit).collect();
        let wrote = !edits.is_empty() || !committed.is_empty();
        self.reread.after(step.block, wrote);
        edits
    }

    fn spliced(&mut self, splice: &Splice) {
        self.reread.spliced(splice);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Scene, TOKEN, committed};
    use super::*;

    fn edits(threshold: f32, scene: &Scene) -> Vec<(u32, u32)> {
        let edits = Edit::new(threshold, 16, 1).revise(&[], &scene.step());
        edits.iter().map(|edit| (edit.position, edit.id)).collect()
    }

    #[test]
    fn a_sure_other_token_is_written() {
        // Positions hold TOKEN; the scene proposes TOKEN + 1 + position.
        let scene = Scene::new(3, 2).proposed(&[0.9, 0.4, 0.6, 0.9, 0.9]);
        assert_eq!(edits(0.5, &scene), [(0, TOKEN + 1), (2, TOKEN + 3)]);
        assert_eq!(edits(0.95, &scene), [], "none is sure");
        assert_eq!(edits(0.0, &scene).len(), 3, "all; open ones are not edited");
        assert_eq!(edits(0.0, &Scene::new(0, 2).proposed(&[0.9; 2])), []);
        let agreed = Scene::new(2, 0).current(&[0.9, 0.9]);
        assert_eq!(edits(0.0, &agreed), [], "the same token is no edit");
        assert_eq!(edits(0.0, &Scene::pinned()), [], "pins stay");
    }

    #[test]
    fn the_threshold_itself_stays() {
        let scene = Scene::new(1, 0).proposed(&[0.5]);
        let confidence = scene.rows[0].record.confidence();
        assert_eq!(edits(confidence, &scene), []);
        assert_eq!(edits(confidence.next_down(), &scene).len(), 1);
    }

    #[test]
    fn a_full_block_is_read_until_nothing_changes_or_the_passes_are_over() {
        let scene = Scene::new(2, 0).proposed(&[0.9, 0.1]);
        let mut edit = Edit::new(0.5, 3, 2);
        assert_eq!(edit.budget(), 6);
        let block = scene.step().block;
        for pass in 0..4 {
            edit.revise(&[], &scene.step());
            let again = edit.post_pass(&scene.canvas, None);
            assert_eq!(again, (pass < 3).then_some(block), "pass {pass}");
        }
        let mut edit = Edit::new(0.95, 3, 1);
        edit.revise(&committed(0, 1), &scene.step());
        assert_eq!(
            edit.post_pass(&scene.canvas, None),
            Some(block),
            "just filled"
        );
        edit.revise(&[], &scene.step());
        assert_eq!(edit.post_pass(&scene.canvas, None), None, "a fixed point");
    }
}
